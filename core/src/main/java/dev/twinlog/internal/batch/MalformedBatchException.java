package dev.twinlog.internal.batch;

import dev.twinlog.spi.PartitionFailedException;
import org.jspecify.annotations.Nullable;

/** A batch's content is invalid; the decoder adds which batch it is. */
final class MalformedBatchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String why;

  MalformedBatchException(String why) {
    super(why);
    this.why = why;
  }

  MalformedBatchException(String why, Throwable cause) {
    super(why, cause);
    this.why = why;
  }

  /** The same, for the batch that begins at this source offset. */
  PartitionFailedException at(long offset) {
    return refused(offset, why, this);
  }

  static PartitionFailedException refused(long offset, String why, @Nullable Throwable cause) {
    return new PartitionFailedException(
        "the record batch at offset %d can't be decoded: %s".formatted(offset, why), cause);
  }
}
