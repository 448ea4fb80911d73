package dev.twinlog.spi;

import org.jspecify.annotations.Nullable;

/**
 * A failure that stops one partition for a reason of one record: its target refuses it, or a
 * transform does, and will do so again however often it is tried. With {@link
 * dev.twinlog.DeadLetters} that record is kept elsewhere, and the partition continues behind it.
 *
 * <p>Throw it only for what is wrong with the record itself. Name its offset in the message as
 * well, and what to do about it.
 */
public class RecordRefusedException extends PartitionFailedException {
  private static final long serialVersionUID = 1L;

  private final long offset;

  /**
   * A refusal of a record.
   *
   * @param offset the record's offset at the source
   */
  public RecordRefusedException(long offset, String message) {
    super(message);
    this.offset = offset;
  }

  /**
   * A refusal of a record, with its cause.
   *
   * @param offset the record's offset at the source
   */
  public RecordRefusedException(long offset, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.offset = offset;
  }

  /** The record's offset at the source. */
  public long offset() {
    return offset;
  }
}
