package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
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
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Which target topics there are, and where the partitions end of which records were acknowledged.
 * Confined to the recovery thread.
 */
final class TargetTails {
  private final LazyAdmin admin;
  private final TopicDirectory directory;
  private final PartitionOffsets offsets;
  private Map<String, TopicDescription> shapes = Map.of();
  private Map<TopicPartition, Long> ends = Map.of();
  private Set<TopicPartition> asked = Set.of();

  TargetTails(LazyAdmin admin) {
    this.admin = admin;
    this.directory = new TopicDirectory(admin);
    this.offsets = new PartitionOffsets(admin, IsolationLevel.READ_UNCOMMITTED);
  }

  /** Asks anew. */
  void look(Collection<Route> routes, Map<Route, Optional<RouteProgress>> known) {
    Set<String> topics = new HashSet<>();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (Route route : routes) {
      topics.add(route.target().topic());
      known
          .getOrDefault(route, Optional.empty())
          .filter(progress -> progress.targetNext() > 0)
          .ifPresent(progress -> latest.put(route.target(), OffsetSpec.latest()));
    }
    shapes = directory.shapes(topics, new HashMap<>());
    asked = Set.copyOf(latest.keySet());
    ends = offsets.list(latest);
  }

  /** Why a target partition can't be judged now, if so. */
  Optional<RetriableException> trouble(TopicPartition target) {
    return asked.contains(target) && !ends.containsKey(target)
        ? Optional.of(
            new RetriableException(
                "%s can't be asked now for the end of %s"
                    .formatted(admin.errors().alias(), target)))
        : Optional.empty();
  }

  /** The id of a topic; zero if it may not be seen, or is not there. */
  Uuid id(String topic) {
    TopicDescription shape = shapes.get(topic);
    return shape == null ? Uuid.ZERO_UUID : shape.topicId();
  }

  /** The end of a partition of which something was acknowledged; else 0. */
  long end(TopicPartition target) {
    return ends.getOrDefault(target, 0L);
  }
}
