package dev.twinlog.spi;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/** A topic as it is, or as it should be created. Immutable. */
public final class TopicDescription {
  private final String name;
  private final Optional<Uuid> id;
  private final int partitions;
  private final int replicationFactor;
  private final Optional<Map<String, String>> configs;

  private TopicDescription(
      String name,
      Optional<Uuid> id,
      int partitions,
      int replicationFactor,
      Optional<Map<String, String>> configs) {
    this.name = Objects.requireNonNull(name, "name");
    this.id = Objects.requireNonNull(id, "id");
    this.partitions = partitions;
    this.replicationFactor = replicationFactor;
    this.configs = configs.map(Map::copyOf);
  }

  /**
   * Describes a topic.
   *
   * @param name its name
   * @param id its id, if it exists and has one
   * @param partitions how many it has
   * @param replicationFactor replicas per partition
   * @param configs the configs set on the topic itself; what it inherits is left out
   */
  public static TopicDescription of(
      String name,
      Optional<Uuid> id,
      int partitions,
      int replicationFactor,
      Map<String, String> configs) {
    return new TopicDescription(name, id, partitions, replicationFactor, Optional.of(configs));
  }

  /**
   * Describes a topic whose configs may not be seen.
   *
   * @param name its name
   * @param id its id, if it exists and has one
   * @param partitions how many it has
   * @param replicationFactor replicas per partition
   */
  public static TopicDescription hidingConfigs(
      String name, Optional<Uuid> id, int partitions, int replicationFactor) {
    return new TopicDescription(name, id, partitions, replicationFactor, Optional.empty());
  }

  /** The same topic with another number of partitions. */
  public TopicDescription withPartitions(int count) {
    return new TopicDescription(name, id, count, replicationFactor, configs);
  }

  public String name() {
    return name;
  }

  public Optional<Uuid> id() {
    return id;
  }

  public int partitions() {
    return partitions;
  }

  public int replicationFactor() {
    return replicationFactor;
  }

  /** The configs set on the topic itself; empty if they may not be seen. */
  public Map<String, String> configs() {
    return configs.orElse(Map.of());
  }

  /** Whether the configs may not be seen. */
  public boolean hidesConfigs() {
    return configs.isEmpty();
  }

  @Override
  public String toString() {
    return "%s with %d partitions, replication factor %d, configs %s"
        .formatted(
            name,
            partitions,
            replicationFactor,
            configs.map(Map::toString).orElse("that may not be seen"));
  }
}
