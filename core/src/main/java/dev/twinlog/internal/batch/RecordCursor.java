package dev.twinlog.internal.batch;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of one decompressed batch:
 *
 * <pre>
 * length | attributes 1 byte | timestampDelta | offsetDelta | key | value | number of headers | headers: key, value
 * </pre>
 *
 * <p>where everything else is a zigzag varint, keys and values follow their length, and a length of
 * −1 is null. A header's key is read as UTF-8, and kept as bytes where it is not valid UTF-8.
 */
final class RecordCursor {
  /** What a decoder puts in place of bytes that are not UTF-8; it may also be there itself. */
  private static final char REPLACEMENT = '\uFFFD';

  private final OpenedBatch batch;
  private final ByteReader bytes;

  RecordCursor(OpenedBatch batch) {
    this.batch = batch;
    this.bytes = batch.records();
  }

  int remaining() {
    return bytes.remaining();
  }

  ReplicationRecord next() {
    int size = bytes.length("a record", false);
    int end = bytes.position() + size;
    bytes.next(); // the record's own attributes, unused so far
    long timestamp = batch.baseTimestamp() + bytes.varlong();
    long offset = batch.baseOffset() + bytes.varint();
    byte[] key = nullableBytes("a key");
    byte[] value = nullableBytes("a value");
    Headers headers = headers();
    if (bytes.position() != end) {
      throw new MalformedBatchException(
          "a record ends at byte %d of its batch's records, but should end at %d"
              .formatted(bytes.position(), end));
    }
    if (offset < 0) {
      throw new MalformedBatchException("a record has the negative offset " + offset);
    }
    return ReplicationRecord.of(
        offset, batch.logAppendTime() ? batch.maxTimestamp() : timestamp, key, value, headers);
  }

  private Headers headers() {
    Headers headers = noHeaders();
    int count = bytes.varint();
    if (count < 0 || count > bytes.remaining()) {
      throw new MalformedBatchException("a record can't have " + count + " headers");
    }
    for (int i = 0; i < count; i++) {
      header(headers);
    }
    return headers;
  }

  private void header(Headers headers) {
    int size = bytes.length("a header's key", false);
    int at = bytes.index();
    String key = bytes.utf8(size);
    if (key.indexOf(REPLACEMENT) < 0) {
      headers.add(key, nullableBytes("a header's value"));
      return;
    }
    byte[] raw = Arrays.copyOfRange(bytes.array(), at, at + size);
    byte[] value = nullableBytes("a header's value");
    if (Arrays.equals(raw, key.getBytes(StandardCharsets.UTF_8))) {
      headers.add(key, value);
    } else {
      headers.add(RawHeader.of(raw, value));
    }
  }

  /** The only way to create Kafka's own headers with public API. */
  static Headers noHeaders() {
    return new ProducerRecord<byte[], byte[]>("any", new byte[0]).headers();
  }

  private byte @Nullable [] nullableBytes(String what) {
    int size = bytes.length(what, true);
    return size < 0 ? null : bytes.copy(size);
  }
}
