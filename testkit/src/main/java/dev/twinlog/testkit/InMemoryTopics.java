package dev.twinlog.testkit;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.TopicDescription;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics of a cluster. Guarded by its lock. */
final class InMemoryTopics {
  private record Topic(
      Uuid id, Map<String, String> configs, int replicationFactor, List<InMemoryLog> logs) {}

  private final Map<String, Topic> topics = new TreeMap<>();

  List<String> names() {
    return List.copyOf(topics.keySet());
  }

  void create(TopicDescription wanted) {
    if (topics.containsKey(wanted.name())) {
      throw new IllegalArgumentException("topic " + wanted.name() + " exists");
    }
    Topic topic =
        new Topic(
            Uuid.randomUuid(), wanted.configs(), wanted.replicationFactor(), new ArrayList<>());
    topics.put(wanted.name(), topic);
    grow(wanted.name(), wanted.partitions());
  }

  void grow(String name, int partitions) {
    List<InMemoryLog> logs = topic(name).logs();
    for (int i = logs.size(); i < partitions; i++) {
      logs.add(new InMemoryLog(new TopicPartition(name, i)));
    }
  }

  void delete(String name) {
    topic(name);
    topics.remove(name);
  }

  void recreate(String name) {
    topic(name);
    TopicDescription old = describe(name);
    topics.remove(name);
    create(old);
  }

  Map<String, TopicDescription> describe(Collection<String> names) {
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

  InMemoryLog log(TopicPartition partition) {
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

  // As a Kafka sink does: a failure of one topic is a result, not an exception.

  Map<String, Optional<ReplicationException>> createAll(
      Collection<TopicDescription> wanted, Map<String, ReplicationException> refused) {
    Map<String, Optional<ReplicationException>> answers = new HashMap<>();
    for (TopicDescription topic : wanted) {
      ReplicationException cause = refused.get(topic.name());
      if (cause == null && !topics.containsKey(topic.name())) {
        create(topic);
      }
      answers.put(topic.name(), Optional.ofNullable(cause));
    }
    return answers;
  }

  Map<String, Optional<ReplicationException>> growAll(
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
