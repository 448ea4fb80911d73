package dev.twinlog.spi;

import java.time.Instant;
import java.util.Objects;

/**
 * Where a source partition that has no progress yet is read from.
 *
 * <p>A partition or topic that appears while the link runs is read from its beginning when the link
 * starts at {@link Latest}, so that nothing produced before its discovery is lost.
 */
public sealed interface StartPosition {

  /** The first offset that still exists. */
  static StartPosition earliest() {
    return new Earliest();
  }

  /** The end for the link's isolation level, when the link starts. */
  static StartPosition latest() {
    return new Latest();
  }

  /** The first record at or after {@code at}; the end where there is none. */
  static StartPosition timestamp(Instant at) {
    return new Timestamp(at);
  }

  /** This offset, in every selected partition. */
  static StartPosition offset(long offset) {
    return new Offset(offset);
  }

  /** See {@link StartPosition#earliest()}. */
  record Earliest() implements StartPosition {}

  /** See {@link StartPosition#latest()}. */
  record Latest() implements StartPosition {}

  /**
   * See {@link StartPosition#timestamp(Instant)}.
   *
   * @param at compared with the records' timestamps, in milliseconds
   */
  record Timestamp(Instant at) implements StartPosition {
    public Timestamp {
      Objects.requireNonNull(at, "at");
    }
  }

  /**
   * See {@link StartPosition#offset(long)}.
   *
   * @param offset a source offset, not negative
   */
  record Offset(long offset) implements StartPosition {
    public Offset {
      if (offset < 0) {
        throw new IllegalArgumentException("offset was " + offset + " but must not be negative");
      }
    }
  }
}
