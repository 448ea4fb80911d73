package dev.twinlog;

/**
 * How far a move is. Immutable.
 *
 * @param phase what is being done
 * @param done how many partitions, groups or records are done in this phase
 * @param of how many there are
 */
public record MoveProgress(Phase phase, long done, long of) {

  /** The phases of moves, each verb's in their order. Phases may be added. */
  public enum Phase {
    /** Switchover: nothing speaks against it; nothing was written so far. */
    CHECKED,

    /** Switchover: the link waits until the source is quiet, and copies all that is there. */
    DRAINING,

    /** Switchover: the source refuses what producers write, if that was asked for. */
    SOURCE_FENCED,

    /** Switchover: copying has ended in all partitions, at the source's ends. */
    CUT,

    /** Failover: the link is taken over: no other instance can save its progress any more. */
    CLAIMED,

    /** Failover: the link's writes are refused in all partitions of the target. */
    FENCED,

    /** The positions of consumer groups are written; then clients may come. */
    GROUPS,

    /**
     * Failover and switchover: the write permissions that {@link AclSync} has held back exist in
     * the target; only of links that have any.
     */
    RELEASED,

    /** Of a reversal: both clusters were read, and nothing was changed yet. */
    ANALYSED,

    /**
     * Of a reversal with {@link OnDivergence#RESEND}: records that were never copied are copied;
     * how many, of those that were found.
     */
    RESENT,

    /** Of a reversal: the partitions of the reverse link are ready to be copied. */
    SEEDED,

    /** Of a reversal: the link that was moved knows its reverse; that one may start. */
    REVERSED,

    /** It is done, and its report is stored. */
    DONE,

    /** Switchover: it was taken back, and the link copies on. */
    ABORTED
  }

  @Override
  public String toString() {
    return "%s %d/%d".formatted(phase, done, of);
  }
}
