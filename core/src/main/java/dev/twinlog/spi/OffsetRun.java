package dev.twinlog.spi;

import java.io.Serializable;

/**
 * A run of consecutive records: source offsets {@code [sourceFirst, sourceFirst + count)} are
 * target offsets {@code [targetFirst, targetFirst + count)}.
 *
 * @param sourceFirst first source offset of the run, not negative
 * @param targetFirst first target offset of the run, not negative
 * @param count number of records, positive
 */
public record OffsetRun(long sourceFirst, long targetFirst, long count) implements Serializable {
  public OffsetRun {
    if (sourceFirst < 0 || targetFirst < 0 || count <= 0) {
      throw new IllegalArgumentException(
          "an offset run has offsets >= 0 and a count > 0, but was source %d, target %d, count %d"
              .formatted(sourceFirst, targetFirst, count));
    }
  }

  /** The source offset after the last record of the run. */
  public long sourceNext() {
    return sourceFirst + count;
  }

  /** The target offset after the last record of the run. */
  public long targetNext() {
    return targetFirst + count;
  }
}
