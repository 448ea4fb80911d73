package dev.twinlog;

/**
 * How far a move is. Immutable.
 *
 * @param phase what is being done
 * @param done how many partitions or groups are done in this phase
 * @param of how many there are
 */
public record MoveProgress(Phase phase, long done, long of) {

  /** The phases of moves, each in its order. Phases may be added. */
  public enum Phase {
    /** The link is taken over: no other instance can save its progress any more. */
    CLAIMED,

    /** The link's writes are refused in all partitions of the target. */
    FENCED,

    /** The positions of consumer groups are written; then clients may come. */
    GROUPS,

    /** Of a reversal: both clusters were read, and nothing was changed yet. */
    ANALYSED,

    /** Of a reversal: the partitions of the reverse link are ready to be copied. */
    SEEDED,

    /** Of a reversal: the link that was moved knows its reverse; that one may start. */
    REVERSED,

    /** It is done, and its report is stored. */
    DONE
  }

  @Override
  public String toString() {
    return "%s %d/%d".formatted(phase, done, of);
  }
}
