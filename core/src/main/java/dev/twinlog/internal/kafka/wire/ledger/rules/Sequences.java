package dev.twinlog.internal.kafka.wire.ledger.rules;

/**
 * Arithmetic of producer sequences, which run from 0 to 2^31 − 1 and then from 0 again. Stateless.
 */
public final class Sequences {
  private static final int MASK = Integer.MAX_VALUE;

  private Sequences() {}

  /** The sequence that many records after the given one; before it if negative. */
  public static int plus(int sequence, long places) {
    return (int) ((sequence + places) & MASK);
  }

  /**
   * How many records {@code later} is after {@code earlier}; negative if it is before it. Of the
   * two distances round the circle the shorter one.
   */
  public static int distance(int earlier, int later) {
    int ahead = (later - earlier) & MASK;
    return ahead >= 1 << 30 ? (int) (ahead - (1L << 31)) : ahead;
  }
}
