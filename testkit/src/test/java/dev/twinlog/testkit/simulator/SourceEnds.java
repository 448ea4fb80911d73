package dev.twinlog.testkit.simulator;

/** The ends of a source partition, by the time at which they changed. */
final class SourceEnds {
  private final LongList times = new LongList();
  private final LongList values = new LongList();

  void add(long ms, long end) {
    if (values.last() != end) {
      times.add(ms);
      values.add(end);
    }
  }

  /** The end as it was before this time. */
  long before(long ms) {
    int at = times.lowerBound(ms);
    return at == 0 ? 0 : values.get(at - 1);
  }
}
