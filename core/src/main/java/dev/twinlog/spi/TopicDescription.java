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
  private final Map<String, String> configs;

  private TopicDescription(
      String name,
      Optional<Uuid> id,
      int partitions,
      int replicationFactor,
      Map<String, String> configs) {
    this.name = Objects.requireNonNull(name, "name");
    this.id = Objects.requireNonNull(id, "id");
    this.partitions = partitions;
    this.replicationFactor = replicationFactor;
    this.configs = Map.copyOf(configs);
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
    return new TopicDescription(name, id, partitions, replicationFactor, configs);
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

  /** The configs set on the topic itself. */
  public Map<String, String> configs() {
    return configs;
  }

  @Override
  public String toString() {
    return "%s with %d partitions, replication factor %d, configs %s"
        .formatted(name, partitions, replicationFactor, configs);
  }
}
