package dev.twinlog.spi;

/**
 * Consecutive offsets of a target partition that hold records of one route.
 *
 * @param first the first offset
 * @param count how many records, at least 1
 */
public record TargetRun(long first, long count) {
  public TargetRun {
    if (first < 0 || count < 1) {
      throw new IllegalArgumentException(
          "a run needs a first offset of at least 0 and a count of at least 1, but has %d and %d"
              .formatted(first, count));
    }
  }

  /** The offset after the last one. */
  public long next() {
    return first + count;
  }
}
