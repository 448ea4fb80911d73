package dev.twinlog.internal.link;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.SyncChange;
import dev.twinlog.SyncPlan;
import dev.twinlog.VerifyStatus;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.internal.status.LinkSnapshot;
import dev.twinlog.internal.status.PartitionSnapshot;
import dev.twinlog.kafka.DataPath;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Gives access to the constructors of public values that are made from inside, which only {@code
 * dev.twinlog} sees; {@code Replicator.builder()} passes it in.
 */
public record StatusAccess(
    OfPartition ofPartition, OfGroup ofGroup, OfChange ofChange, OfPlan ofPlan, OfLink ofLink) {

  /** Makes the status of a partition. */
  @FunctionalInterface
  public interface OfPartition {
    PartitionStatus of(
        PartitionState state, DeliveryGuarantee guarantee, PartitionSnapshot snapshot);
  }

  /** Makes a planned change. */
  @FunctionalInterface
  public interface OfChange {
    SyncChange of(
        SyncChange.Kind kind, String resource, Optional<String> before, Optional<String> after);
  }

  /** Makes a plan. */
  @FunctionalInterface
  public interface OfPlan {
    SyncPlan of(String link, List<SyncChange> changes, List<String> notes);
  }

  /** Makes the status of a consumer group. */
  @FunctionalInterface
  public interface OfGroup {
    GroupStatus of(GroupState state, GroupSnapshot snapshot);
  }

  /** Makes the status of a link. */
  @FunctionalInterface
  public interface OfLink {
    ReplicatorStatus of(
        LinkState state,
        DeliveryGuarantee guarantee,
        DataPath path,
        Map<TopicPartition, PartitionStatus> partitions,
        Map<String, GroupStatus> groups,
        Optional<VerifyStatus> verification,
        LinkSnapshot snapshot);
  }
}
