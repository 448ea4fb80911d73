package dev.twinlog.testkit.internal.memory;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicCreation.Existed;
import dev.twinlog.spi.TopicCreation.Refused;
import dev.twinlog.spi.TopicDescription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics of a cluster. Guarded by its lock. */
public final class InMemoryTopics {
  private record Topic(
      Uuid id, Map<String, String> configs, int replicationFactor, List<InMemoryLog> logs) {}

  /** What a topic inherits; other configs are not known. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "cleanup.policy", "delete",
          "compression.type", "producer",
          "max.message.bytes", "1048588",
          "message.timestamp.type", "CreateTime",
          "min.insync.replicas", "1",
          "retention.bytes", "-1",
          "retention.ms", "604800000",
          "segment.bytes", "1073741824");

  private final String clusterId;
  private final Map<String, Topic> topics = new TreeMap<>();
  private int created;

  /** No topics yet. */
  InMemoryTopics(String clusterId) {
    this.clusterId = clusterId;
  }

  public List<String> names() {
    return List.copyOf(topics.keySet());
  }

  public void create(TopicDescription wanted) {
    if (topics.containsKey(wanted.name())) {
      throw new IllegalArgumentException("topic " + wanted.name() + " exists");
    }
    Topic topic =
        new Topic(nextId(), wanted.configs(), wanted.replicationFactor(), new ArrayList<>());
    topics.put(wanted.name(), topic);
    grow(wanted.name(), wanted.partitions());
  }

  /** Not by chance, so that what is repeated with the same seed runs the same. */
  private Uuid nextId() {
    UUID id = UUID.nameUUIDFromBytes((clusterId + " " + created++).getBytes(UTF_8));
    return new Uuid(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  public void grow(String name, int partitions) {
    List<InMemoryLog> logs = topic(name).logs();
    for (int i = logs.size(); i < partitions; i++) {
      logs.add(new InMemoryLog(new TopicPartition(name, i)));
    }
  }

  public void delete(String name) {
    topic(name);
    topics.remove(name);
  }

  public void recreate(String name) {
    topic(name);
    TopicDescription old = describe(name);
    topics.remove(name);
    create(old);
  }

  public Map<String, TopicDescription> describe(Collection<String> names) {
    Map<String, TopicDescription> found = new TreeMap<>();
    for (String name : names) {
      if (topics.containsKey(name)) {
        found.put(name, describe(name));
      }
    }
    return found;
  }

  private TopicDescription describe(String name) {
    Topic topic = topic(name);
    return TopicDescription.of(
        name,
        Optional.of(topic.id()),
        topic.logs().size(),
        topic.replicationFactor(),
        topic.configs());
  }

  public Map<String, TopicConfigs> describeConfigs(Collection<String> names) {
    Map<String, TopicConfigs> found = new TreeMap<>();
    for (String name : names) {
      Topic topic = topics.get(name);
      if (topic != null) {
        Map<String, String> effective = new HashMap<>(DEFAULTS);
        effective.putAll(topic.configs());
        found.put(name, TopicConfigs.of(topic.configs(), effective));
      }
    }
    return found;
  }

  /** Sets configs of a topic, and removes those without a value. */
  public void alterConfigs(String name, Map<String, Optional<String>> changes) {
    Topic old = topic(name);
    Map<String, String> configs = new HashMap<>(old.configs());
    changes.forEach(
        (config, value) ->
            value.ifPresentOrElse(now -> configs.put(config, now), () -> configs.remove(config)));
    topics.put(name, new Topic(old.id(), Map.copyOf(configs), old.replicationFactor(), old.logs()));
  }

  /** Deletes the topic if it has this id. */
  public void delete(String name, Uuid id) {
    if (id.equals(id(name))) {
      topics.remove(name);
    }
  }

  @Nullable Uuid id(String name) {
    Topic found = topics.get(name);
    return found == null ? null : found.id();
  }

  @Nullable InMemoryLog find(TopicPartition partition) {
    Topic topic = topics.get(partition.topic());
    return topic == null || partition.partition() >= topic.logs().size()
        ? null
        : topic.logs().get(partition.partition());
  }

  public InMemoryLog log(TopicPartition partition) {
    InMemoryLog log = find(partition);
    if (log == null) {
      throw new IllegalArgumentException("partition " + partition + " does not exist");
    }
    return log;
  }

  private Topic topic(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      throw new IllegalArgumentException("topic " + name + " does not exist");
    }
    return topic;
  }

  // As in the Kafka sink, the failure of one topic is a result and not an exception.

  public Map<String, TopicCreation> createAll(
      Collection<TopicDescription> wanted, Map<String, ReplicationException> refused) {
    Map<String, TopicCreation> answers = new HashMap<>();
    for (TopicDescription topic : wanted) {
      ReplicationException cause = refused.get(topic.name());
      if (cause != null) {
        answers.put(topic.name(), new Refused(cause));
      } else if (topics.containsKey(topic.name())) {
        answers.put(topic.name(), new Existed());
      } else {
        create(topic);
        answers.put(topic.name(), new Created(topic.configs()));
      }
    }
    return answers;
  }

  /** All changes of a topic are made, or none. */
  public Map<String, Optional<ReplicationException>> alterAll(
      Map<String, Map<String, Optional<String>>> changes,
      boolean validateOnly,
      Map<String, ReplicationException> refused) {
    Map<String, Optional<ReplicationException>> answers = new HashMap<>();
    changes.forEach(
        (topic, configs) -> {
          Optional<ReplicationException> cause =
              configs.keySet().stream().sorted().flatMap(c -> refusal(c, refused)).findFirst();
          if (cause.isEmpty() && !topics.containsKey(topic)) {
            cause = Optional.of(new RetriableException("topic " + topic + " does not exist"));
          }
          if (cause.isEmpty() && !validateOnly) {
            alterConfigs(topic, configs);
          }
          answers.put(topic, cause);
        });
    return answers;
  }

  private static Stream<ReplicationException> refusal(
      String config, Map<String, ReplicationException> refused) {
    if (refused.containsKey(config)) {
      return Stream.of(refused.get(config));
    }
    return DEFAULTS.containsKey(config)
        ? Stream.empty()
        : Stream.of(new PartitionFailedException("unknown topic config name: " + config));
  }

  public Map<String, Optional<ReplicationException>> growAll(
      Map<String, Integer> partitions, Map<String, ReplicationException> refused) {
    Map<String, Optional<ReplicationException>> answers = new HashMap<>();
    partitions.forEach(
        (topic, total) -> {
          ReplicationException cause = refused.get(topic);
          if (cause == null && !topics.containsKey(topic)) {
            cause = new PartitionFailedException("topic " + topic + " does not exist");
          }
          if (cause == null) {
            grow(topic, total);
          }
          answers.put(topic, Optional.ofNullable(cause));
        });
    return answers;
  }
}
