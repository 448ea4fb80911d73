package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * The stored bytes of a batch are damaged: its checksum does not match, or it can't be decoded. A
 * copy stops the partition; a verification reports a difference.
 */
public final class DamagedBatchException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message names the partition and the offset from which on it can't be read
   */
  public DamagedBatchException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
