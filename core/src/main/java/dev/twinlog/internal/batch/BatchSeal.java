package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Verifies the CRC-32C of a v2 batch. Reusable; confined to one thread. */
public final class BatchSeal {
  private final CRC32C crc = new CRC32C();

  /**
   * Whether the CRC-32C of a batch matches; it does not cover base offset and leader epoch.
   *
   * @param buffer big endian; not moved
   * @param at where the batch begins
   * @param size of the whole batch, at least that of its header
   */
  public boolean isIntact(ByteBuffer buffer, int at, int size) {
    crc.reset();
    crc.update(buffer.slice(at + BatchHeader.ATTRIBUTES, size - BatchHeader.ATTRIBUTES));
    return (int) crc.getValue() == BatchHeader.crc(buffer, at);
  }
}
