package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A short print of what a record says: timestamp, key, value and headers, not its offset. Two
 * records with different contents have the same print about once in 2^64; nobody is kept from
 * making such records on purpose. Stateless.
 */
public final class RecordPrint {
  private RecordPrint() {}

  /** CRC-32C of the contents in the upper half, CRC-32 of the same bytes in the lower half. */
  public static long of(ReplicationRecord record) {
    CRC32C upper = new CRC32C();
    CRC32 lower = new CRC32();
    add(upper, record);
    add(lower, record);
    return upper.getValue() << 32 | lower.getValue();
  }

  private static void add(Checksum sum, ReplicationRecord record) {
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(record.timestamp()).flip());
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
