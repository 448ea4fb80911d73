package dev.twinlog.internal.engine.lane;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * The routes of one source partition: its possible target partitions, and the one of each record.
 * Immutable.
 */
public final class RouteTable {
  private final TopicPartition source;
  private final PartitionMapper mapper;
  private final String targetTopic;
  private final int targetPartitions;
  private final List<Route> routes;
  private final boolean single;

  private RouteTable(
      TopicPartition source,
      PartitionMapper mapper,
      String targetTopic,
      int targetPartitions,
      List<Route> routes,
      boolean single) {
    this.source = source;
    this.mapper = mapper;
    this.targetTopic = targetTopic;
    this.targetPartitions = targetPartitions;
    this.routes = List.copyOf(routes);
    this.single = single;
  }

  /**
   * Creates the routes.
   *
   * @throws PartitionFailedException if the mapper returns a partition that the target doesn't have
   */
  public static RouteTable of(
      TopicPartition source, String targetTopic, int targetPartitions, PartitionMapper mapper) {
    if (mapper instanceof PartitionMapper.ByPartition byPartition) {
      int partition = target(source, byPartition, targetPartitions);
      check(source, partition, targetTopic, targetPartitions);
      Route route = new Route(source, new TopicPartition(targetTopic, partition));
      return new RouteTable(source, mapper, targetTopic, targetPartitions, List.of(route), true);
    }
    List<Route> routes = new ArrayList<>(targetPartitions);
    for (int partition = 0; partition < targetPartitions; partition++) {
      routes.add(new Route(source, new TopicPartition(targetTopic, partition)));
    }
    return new RouteTable(source, mapper, targetTopic, targetPartitions, routes, false);
  }

  /** Calls the mapper; its exceptions are wrapped in one that names the partition. */
  static int target(TopicPartition source, PartitionMapper.ByPartition mapper, int targets) {
    try {
      return mapper.targetPartition(source, targets);
    } catch (RuntimeException e) {
      throw new PartitionFailedException("the partition mapper failed for " + source + ": " + e, e);
    }
  }

  private static void check(TopicPartition source, int partition, String topic, int partitions) {
    if (partition < 0 || partition >= partitions) {
      throw new PartitionFailedException(
          ("the partition mapper sends %s to partition %d, but target topic %s has partitions 0 to"
                  + " %d: add partitions to it and resume %s, allow topicSync to grow it, or use a"
                  + " mapper such as modulo()")
              .formatted(source, partition, topic, partitions - 1, source));
    }
  }

  public List<Route> routes() {
    return routes;
  }

  /** Whether all records have the same route, so that batches needn't be decoded for it. */
  boolean isSingle() {
    return single;
  }

  Route single() {
    assert single : "the mapper needs the record";
    return routes.get(0);
  }

  String targetTopic() {
    return targetTopic;
  }

  public int targetPartitions() {
    return targetPartitions;
  }

  public Route of(ReplicationRecord record) {
    if (single) {
      return routes.get(0);
    }
    int partition =
        ((PartitionMapper.ByRecord) mapper).targetPartition(source, record, targetPartitions);
    check(source, partition, targetTopic, targetPartitions);
    return routes.get(partition);
  }
}
