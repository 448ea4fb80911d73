package dev.twinlog.internal.kafka.wire.ledger;

/** The numbers that a producer gives its records: 0 to 2^31 − 1, and then 0 again. Stateless. */
final class Sequences {
  private static final int MASK = Integer.MAX_VALUE;

  private Sequences() {}

  /** The number of the record that many places behind that one; before it if negative. */
  static int plus(int sequence, long places) {
    return (int) ((sequence + places) & MASK);
  }

  /**
   * How many places {@code later} is behind {@code earlier}; negative if it is before it. Of the
   * two ways round the circle it is the shorter one.
   */
  static int distance(int earlier, int later) {
    int ahead = (later - earlier) & MASK;
    return ahead >= 1 << 30 ? (int) (ahead - (1L << 31)) : ahead;
  }
}
