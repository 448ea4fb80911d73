package dev.twinlog.testkit.drill;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** Numbers the records of a drill, in a header. Thread-safe. */
final class DrillIds {
  private static final String HEADER = "twinlog-drill";

  private final AtomicLong next = new AtomicLong();

  /** The number of the next record. */
  long next() {
    return next.getAndIncrement();
  }

  /** Writes the number into the headers. */
  static void write(long id, Headers headers) {
    headers.add(HEADER, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
  }

  /** Returns the number in the headers; empty if the record is not one of the drill. */
  static Optional<Long> read(Headers headers) {
    Header header = headers.lastHeader(HEADER);
    if (header == null || header.value() == null || header.value().length != Long.BYTES) {
      return Optional.empty();
    }
    return Optional.of(ByteBuffer.wrap(header.value()).getLong());
  }
}
