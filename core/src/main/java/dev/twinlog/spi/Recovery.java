package dev.twinlog.spi;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What a sink found out about a route. {@code newState} is the sink's own (begin it with a version
 * byte); it goes into the first {@link Progress}, which is saved before the first write. It is
 * empty if the sink needs none, for instance because the target keeps the source offset.
 *
 * <p>May grow by a kind; only the engine needs to tell all of them apart.
 */
@SuppressWarnings("ArrayRecordComponent") // each is equal by content; opaque and small
public sealed interface Recovery {

  /**
   * The answer for a route of which the target holds nothing that this link has written, a new one
   * for instance: everything is written from the progress, or the start position, on.
   *
   * @param newState see {@link Recovery}
   */
  static Recovery nothing(byte[] newState) {
    return new SkipRecords(0, List.of(), newState);
  }

  /** What the sink wants to be told at the next recovery. */
  byte[] newState();

  /** How many records of the route the target holds beyond the progress; 0 unless counted. */
  default long count() {
    return 0;
  }

  /**
   * The first source offset that the route needs.
   *
   * @param sourceNext where the progress ends; nothing is needed before it
   */
  default long resumeAt(long sourceNext) {
    return sourceNext;
  }

  /**
   * The store keeps the source offset with the data (JDBC, S3), and this is where to go on.
   *
   * <p>For a route of which the store holds nothing, answer with {@link #nothing}. Of several
   * routes of one partition the least offset counts, and what the others hold from there on is not
   * written to them again.
   *
   * @param sourceOffset the first source offset that the target does not hold
   * @param newState see {@link Recovery}
   */
  record ResumeAt(long sourceOffset, byte[] newState) implements Recovery {
    @Override
    public long resumeAt(long sourceNext) {
      return Math.max(sourceNext, sourceOffset);
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof ResumeAt other
          && sourceOffset == other.sourceOffset
          && Arrays.equals(newState, other.newState);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(sourceOffset) + Arrays.hashCode(newState);
    }

    @Override
    public String toString() {
      return "resume at source offset " + sourceOffset;
    }
  }

  /**
   * The target holds records beyond the progress: that many outputs of the route are to be dropped.
   *
   * @param count how many, from the progress on
   * @param held where they are; the engine drops only what these runs prove
   * @param newState see {@link Recovery}
   */
  record SkipRecords(long count, List<OffsetRun> held, byte[] newState) implements Recovery {
    public SkipRecords {
      held = List.copyOf(held);
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof SkipRecords other
          && count == other.count
          && held.equals(other.held)
          && Arrays.equals(newState, other.newState);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * Long.hashCode(count) + held.hashCode()) + Arrays.hashCode(newState);
    }

    @Override
    public String toString() {
      return "skip " + count + " records held in " + held;
    }
  }

  /**
   * The target lost records that it had acknowledged.
   *
   * @param survivingTargetEnd everything of the route that it acknowledged before this offset is
   *     still there; 0 if nothing is, as in a topic that was created again
   * @param newState see {@link Recovery}
   * @param sameTopic whether this is surely the topic that was written: then what it lost may be
   *     copied again, even if nothing of the route is left in it
   * @param behind how many records of the route from behind the progress have landed although
   *     others before them are lost: they come once more in their order
   */
  record Lost(long survivingTargetEnd, byte[] newState, boolean sameTopic, long behind)
      implements Recovery {

    /** Of a topic that may be another one by now, without anything behind what was lost. */
    public Lost(long survivingTargetEnd, byte[] newState) {
      this(survivingTargetEnd, newState, false, 0);
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Lost other
          && survivingTargetEnd == other.survivingTargetEnd
          && sameTopic == other.sameTopic
          && behind == other.behind
          && Arrays.equals(newState, other.newState);
    }

    @Override
    public int hashCode() {
      return Objects.hash(survivingTargetEnd, sameTopic, behind, Arrays.hashCode(newState));
    }

    @Override
    public String toString() {
      return "lost everything from target offset " + survivingTargetEnd;
    }
  }

  /**
   * The target holds records beyond the progress, and knows where and how many, but not from which
   * source offsets: a log that keeps no source offsets. That many outputs of the route are to be
   * dropped, if the last of them are proved to be the ones that the target holds.
   *
   * @param count how many, from the progress on
   * @param held where they are in the target, in the order of the route; together {@code count}
   * @param lastFingerprints the {@link RecordFingerprint fingerprints} of the last ones of them, in
   *     order; none if they can't be told any more, and then nothing is dropped before someone has
   *     agreed to repeats
   * @param timestampsIncluded whether the fingerprints include the records' timestamps: not where
   *     the target overwrites them
   * @param newState see {@link Recovery}
   */
  record SkipMatching(
      long count,
      List<TargetRun> held,
      List<Long> lastFingerprints,
      boolean timestampsIncluded,
      byte[] newState)
      implements Recovery {
    public SkipMatching {
      held = List.copyOf(held);
      lastFingerprints = List.copyOf(lastFingerprints);
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof SkipMatching other
          && count == other.count
          && held.equals(other.held)
          && lastFingerprints.equals(other.lastFingerprints)
          && timestampsIncluded == other.timestampsIncluded
          && Arrays.equals(newState, other.newState);
    }

    @Override
    public int hashCode() {
      return Objects.hash(
          count, held, lastFingerprints, timestampsIncluded, Arrays.hashCode(newState));
    }

    @Override
    public String toString() {
      return "skip " + count + " records held at target offsets " + held;
    }
  }

  /**
   * Of this route alone nothing can be said: its partition fails with the cause, by the type of
   * which it is asked again or stops; the others go on.
   *
   * @param cause why
   */
  record Unknown(ReplicationException cause) implements Recovery {
    @Override
    public byte[] newState() {
      return new byte[0];
    }
  }
}
