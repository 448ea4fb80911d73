package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A 64-bit fingerprint of the content of a record, without its offset. Two records with different
 * contents have the same fingerprint about once in 2^64; it is not safe against records that are
 * made to collide. Stateless.
 *
 * <p>Header keys are included as the text that Kafka's clients read, so that a record has the same
 * fingerprint whether it was copied as bytes or by clients, which replace invalid UTF-8 in a key.
 */
public final class RecordFingerprint {
  private RecordFingerprint() {}

  /**
   * Of timestamp, key, value and headers: their CRC-32C in the upper half, the CRC-32 of the same
   * bytes in the lower half.
   */
  public static long of(ReplicationRecord record) {
    return of(record, true);
  }

  /**
   * As {@link #of(ReplicationRecord)}, perhaps without the timestamp.
   *
   * @param timestampsIncluded whether the timestamp is included: not where a target overwrites it
   */
  public static long of(ReplicationRecord record, boolean timestampsIncluded) {
    CRC32C upper = new CRC32C();
    CRC32 lower = new CRC32();
    add(upper, record, timestampsIncluded);
    add(lower, record, timestampsIncluded);
    return upper.getValue() << 32 | lower.getValue();
  }

  private static void add(Checksum sum, ReplicationRecord record, boolean timestampsIncluded) {
    if (timestampsIncluded) {
      sum.update(ByteBuffer.allocate(Long.BYTES).putLong(record.timestamp()).flip());
    }
    add(sum, record.key());
    add(sum, record.value());
    for (Header header : record.headers()) {
      add(sum, header.key().getBytes(StandardCharsets.UTF_8));
      add(sum, header.value());
    }
  }

  private static void add(Checksum sum, byte @Nullable [] bytes) {
    int length = bytes == null ? -1 : bytes.length;
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
    if (bytes != null) {
      sum.update(bytes);
    }
  }
}
