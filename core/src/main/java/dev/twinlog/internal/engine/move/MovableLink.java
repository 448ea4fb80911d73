package dev.twinlog.internal.engine.move;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.Progress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;

/**
 * A link that runs, as a switchover uses it. Every stage completes exceptionally if the link ends
 * before. Thread-safe.
 */
public interface MovableLink extends Asking {

  /** How a partition is doing, and why. */
  record Condition(PartitionState state, String reason) {
    /** Whether it is copied now. */
    boolean isFit() {
      return state == PartitionState.COPYING || state == PartitionState.CAUGHT_UP;
    }

    /** Whether it is likely to be copied soon. */
    boolean isEarly() {
      return state == PartitionState.OPENING;
    }

    @Override
    public String toString() {
      return reason.isEmpty() ? state.toString() : "%s, %s".formatted(state, reason);
    }
  }

  /**
   * What is saved of a link that does not copy.
   *
   * @param copied the progress of its partitions
   * @param left the progress of partitions that it has copied before, and that are not part of it
   */
  record Held(List<Progress> copied, List<Progress> left) {
    public Held {
      copied = List.copyOf(copied);
      left = List.copyOf(left);
    }
  }

  /** The partitions of the link. */
  Map<TopicPartition, Condition> partitions();

  /** Completes when everything is copied that is at the source now. */
  CompletionStage<Void> caughtUp();

  /** Whether everything before these source offsets is copied. */
  boolean hasCopied(Map<TopicPartition, Long> ends);

  /**
   * Ends copying of what is in scope, without ending the link: completes when all that was read is
   * written, acknowledged and saved.
   */
  CompletionStage<Held> hold(MoveScope scope);

  /** Copies again what is in scope. */
  void release(MoveScope scope);

  /** What is in scope is moved, and the link goes on without it; completes when it does. */
  CompletionStage<Void> moved(MoveScope scope, String reason);

  /**
   * Writes the positions of consumer groups; completes with all groups when that was done, or with
   * the failure.
   */
  CompletionStage<Map<String, GroupView>> syncGroups();

  /** Whether no former owner of the link can still write. */
  boolean formerOwnersExpired();

  /** Marks the description of the link, for other links, as that of one that was moved. */
  CompletionStage<Boolean> markMoved(UUID move);

  /** Saves entries of the link, as its owner. */
  EntryStore entries();

  /** Saves which ACLs the link has created, as its owner; empty if its store can't. */
  Optional<AclLedgerStore> acls();
}
