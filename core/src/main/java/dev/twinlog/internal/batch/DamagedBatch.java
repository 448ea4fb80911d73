package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Decodes a batch whose CRC-32C does not match, to report which of its records are damaged. What it
 * returns must never be written anywhere. Stateless.
 */
public final class DamagedBatch {
  private DamagedBatch() {}

  /**
   * Returns the records of a v2 batch between position and limit; empty if they can't be decoded.
   */
  public static Optional<List<ReplicationRecord>> records(ByteBuffer batch) {
    ByteBuffer copy = ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
    CRC32C crc = new CRC32C();
    crc.update(copy.slice(BatchHeader.ATTRIBUTES, copy.remaining() - BatchHeader.ATTRIBUTES));
    copy.putInt(BatchHeader.CRC, (int) crc.getValue());
    try {
      return Optional.of(new V2BatchDecoder().decode(copy));
    } catch (PartitionFailedException e) {
      return Optional.empty();
    }
  }
}
