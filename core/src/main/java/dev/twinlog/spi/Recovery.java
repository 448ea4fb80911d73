package dev.twinlog.spi;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The result of recovering a route: what the target holds of it. {@code newState} belongs to the
 * sink (begin it with a version byte); it is part of the first {@link Progress}, which is saved
 * before the first write. It is empty if the sink needs none, for instance because the target keeps
 * the source offset.
 *
 * <p>Kinds may be added; only the engine needs to distinguish all of them.
 */
@SuppressWarnings("ArrayRecordComponent") // each is equal by content; opaque and small
public sealed interface Recovery {

  /**
   * The result for a route of which the target holds nothing that this link has written, a new one
   * for instance: everything is written from the progress, or the start position, on.
   *
   * @param newState see {@link Recovery}
   */
  static Recovery nothing(byte[] newState) {
    return new SkipRecords(0, List.of(), newState);
  }

  /** The state that the sink needs at the next recovery. */
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
   * The store keeps the source offset with the data (JDBC, S3), and the copy continues at it.
   *
   * <p>For a route of which the store holds nothing, return {@link #nothing}. Of several routes of
   * one partition the lowest offset is used, and records that the others hold from there on are not
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
   * The target holds records beyond the progress: as many outputs of the route are dropped.
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
   *     still there; 0 if nothing is, as in a recreated topic
   * @param newState see {@link Recovery}
   * @param sameTopic whether this is certainly the topic that was written: then the lost records
   *     may be copied again, even if nothing of the route is left in it
   * @param behind how many records of the route beyond the progress were written although others
   *     before them are lost: they are copied again in their order
   */
  record Lost(long survivingTargetEnd, byte[] newState, boolean sameTopic, long behind)
      implements Recovery {

    /** For a topic that may have been recreated, without records after the lost ones. */
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
   * The target holds records beyond the progress, and it is known where and how many, but not from
   * which source offsets: for a log without source offsets. As many outputs of the route are
   * dropped, if the last of them match the ones that the target holds.
   *
   * @param count how many, from the progress on
   * @param held where they are in the target, in the order of the route; together {@code count}
   * @param lastFingerprints the {@link RecordFingerprint fingerprints} of the last ones of them, in
   *     order; empty if no fingerprint is available; the partition then stops until {@code
   *     acceptLoss} is called, which writes these records again
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
   * This route could not be recovered: its partition fails with the cause, whose type decides
   * whether it is retried or stops; other partitions continue.
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
