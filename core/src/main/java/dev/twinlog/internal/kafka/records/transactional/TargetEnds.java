package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.cluster.TopicDirectory;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** The ids of target topics, and the ends of their partitions. Confined to the recovery thread. */
final class TargetEnds {
  private static final End NOTHING = new End(0, PartitionOffsets.UNKNOWN_EPOCH);

  private final LazyAdmin admin;
  private final TopicDirectory directory;
  private final PartitionOffsets offsets;
  private Map<String, TopicDescription> shapes = Map.of();
  private Map<TopicPartition, End> ends = Map.of();
  private Set<TopicPartition> asked = Set.of();

  TargetEnds(LazyAdmin admin) {
    this.admin = admin;
    this.directory = new TopicDirectory(admin);
    this.offsets = new PartitionOffsets(admin, IsolationLevel.READ_UNCOMMITTED);
  }

  /** Queries them again. */
  void look(Collection<Route> routes, Map<Route, Optional<RouteProgress>> known) {
    Set<String> topics = new HashSet<>();
    Set<TopicPartition> targets = new HashSet<>();
    Set<TopicPartition> acknowledged = new HashSet<>();
    for (Route route : routes) {
      topics.add(route.target().topic());
      targets.add(route.target());
      known
          .getOrDefault(route, Optional.empty())
          .filter(progress -> progress.targetNext() > 0)
          .ifPresent(progress -> acknowledged.add(route.target()));
    }
    shapes = directory.shapes(topics, new HashMap<>());
    asked = Set.copyOf(acknowledged);
    try {
      ends = offsets.ends(targets);
    } catch (RetriableException e) {
      if (!asked.isEmpty()) {
        throw e;
      }
      ends = Map.of(); // new topics have no records to check
    }
  }

  /** Returns why the end of a target partition is unknown, if it is. */
  Optional<RetriableException> trouble(TopicPartition target) {
    return asked.contains(target) && !ends.containsKey(target)
        ? Optional.of(
            new RetriableException(
                "%s can't be queried now for the end of %s"
                    .formatted(admin.errors().alias(), target)))
        : Optional.empty();
  }

  /** Returns the id of a topic; zero if it may not be described, or does not exist. */
  Uuid id(String topic) {
    TopicDescription shape = shapes.get(topic);
    return shape == null ? Uuid.ZERO_UUID : shape.topicId();
  }

  /** Returns the end of a partition; 0 if it is new, and can't be queried yet. */
  End end(TopicPartition target) {
    return ends.getOrDefault(target, NOTHING);
  }
}
