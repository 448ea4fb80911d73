package dev.twinlog;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/**
 * What has become of a move of a link. Users don't implement it; methods may be added. Immutable.
 *
 * <p>{@code toString()} is a table for people, of at most 60 lines; what is left out is counted.
 */
public sealed interface MoveReport permits FailoverReport, SwitchoverReport, ReverseReport {

  /** How a move has ended. Outcomes may be added: give a {@code switch} a default. */
  enum Outcome {
    /** Done; as far as is known, nothing was lost. */
    DONE,

    /** Done; records of the source may not be in the target, see {@link #partitions()}. */
    DONE_WITH_LOSS,

    /** Nothing was changed, for the reasons in {@link #refusals()}. */
    REFUSED,

    /** Begun, and taken back for the reasons in {@link #refusals()}: the link copies on. */
    ABORTED,

    /** Begun, and not finished in time, see {@link #todo()}: call it again to finish it. */
    INCOMPLETE,

    /** What would be done; nothing was changed. Of a link that was moved, its report instead. */
    DRY_RUN
  }

  /** The link's name. */
  String link();

  /**
   * What was done: {@code failover}, {@code switchover} or {@code reverse}. Others may be added.
   */
  String verb();

  /** Identifies the move; the same if it was finished by another call. */
  UUID id();

  /** How it has ended. */
  Outcome outcome();

  /** Whether the move was finished by an earlier call, and this is that call's report. */
  boolean repeated();

  /** Who began it, as given in the options. */
  String actor();

  /** When it was begun, by the clock of the one who did. */
  Instant begunAt();

  /** How long the move took, from its beginning to its end; so far, if it is incomplete. */
  Duration took();

  /** Why it was refused or taken back, one sentence each; empty unless it was. */
  List<String> refusals();

  /** What is left to do for people, in this order; one sentence each. */
  List<String> todo();

  /** What has become of the partitions, by source partition. */
  Map<TopicPartition, PartitionMove> partitions();

  /** What has become of the consumer groups, by id. */
  Map<String, GroupMove> groups();

  /** The ACLs that were created, and stay. */
  List<AclChange> acls();
}
