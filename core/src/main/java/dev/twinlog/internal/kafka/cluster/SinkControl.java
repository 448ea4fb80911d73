package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.internal.control.TopicPlan;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicCreation.Created;
import dev.twinlog.spi.TopicCreation.Existed;
import dev.twinlog.spi.TopicCreation.Refused;
import dev.twinlog.spi.TopicDescription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;

/** The admin calls of a sink. Confined to the link's control thread. */
public final class SinkControl {
  private static final Duration VISIBLE = Duration.ofSeconds(1);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  private final LazyAdmin admin;
  private final OptionalInt replicationFactor;
  private final TopicDirectory directory;
  private final PartitionOffsets offsets;
  private final TargetTopics topics;
  private final Map<String, TopicAuthorizationException> denied = new HashMap<>();

  private final Map<String, List<String>> planNotes = new HashMap<>();
  private final Map<String, List<String>> sourceNotes = new HashMap<>();

  public SinkControl(LazyAdmin admin, OptionalInt replicationFactor) {
    this.admin = admin;
    this.replicationFactor = replicationFactor;
    this.topics = new TargetTopics(admin.settings().value("compression.type").orElse(null));
    this.directory = new TopicDirectory(admin);
    this.offsets = new PartitionOffsets(admin, IsolationLevel.READ_UNCOMMITTED);
  }

  /** Returns what is known about target topics, for the writers. */
  public TargetTopics topics() {
    return topics;
  }

  public Map<String, TopicDescription> describeTopics(Collection<String> names) {
    TopicDirectory.Lookup lookup = directory.lookup(names);
    denied.keySet().removeAll(names);
    denied.putAll(lookup.denied());
    Map<String, TopicDescription> found = new HashMap<>();
    lookup
        .found()
        .forEach(
            (name, topic) -> {
              found.put(name, topic.description());
              topics.configs(name, topic.effective());
            });
    return found;
  }

  /** As {@link #describeTopics}, without configs. Thread-safe. */
  public Map<String, TopicDescription> withoutConfigs(Collection<String> names) {
    return directory.withoutConfigs(names);
  }

  public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    int brokers = brokers();
    Map<String, TopicPlan> plans =
        wanted.stream()
            .map(topic -> TopicPlan.of(topic, replicationFactor, brokers))
            .collect(Collectors.toMap(TopicPlan::name, Function.identity(), (a, b) -> a));
    Map<String, KafkaFuture<Void>> answers =
        admin
            .get()
            .createTopics(plans.values().stream().map(SinkControl::newTopic).toList())
            .values();
    Map<String, TopicCreation> results = new HashMap<>();
    Map<String, Integer> made = new HashMap<>();
    plans.forEach(
        (name, plan) -> {
          TopicCreation result = created(plan, Objects.requireNonNull(answers.get(name)));
          results.put(name, result);
          if (result instanceof Created) {
            planNotes.put(name, plan.notes());
          }
          if (!(result instanceof Refused)) {
            made.put(name, plan.partitions());
          }
        });
    awaitVisible(made);
    return results;
  }

  private static NewTopic newTopic(TopicPlan plan) {
    return new NewTopic(plan.name(), plan.partitions(), (short) plan.replicationFactor())
        .configs(plan.configs());
  }

  private TopicCreation created(TopicPlan plan, KafkaFuture<Void> answer) {
    String name = plan.name();
    try {
      AdminResults.get(answer);
      return new Created(plan.configs());
    } catch (TopicExistsException e) {
      TopicAuthorizationException unseen = denied.get(name);
      return unseen == null
          ? new Existed()
          : new Refused(
              admin.errors().call("describe topic " + name, "DESCRIBE on Topic " + name, unseen));
    } catch (TimeoutException e) {
      // the brokers answered just before
      return new Refused(
          new RetriableException(
              "%s did not create topic %s: %s; its brokers answer, so check whether it has an active controller"
                  .formatted(admin.errors().alias(), name, e.getMessage()),
              e));
    } catch (RuntimeException e) {
      return new Refused(
          admin
              .errors()
              .call(
                  "create topic " + name,
                  "CREATE on Topic " + name + " (or CREATE on Cluster)",
                  e));
    }
  }

  private int brokers() {
    try {
      return AdminResults.get(admin.get().describeCluster().nodes()).size();
    } catch (RuntimeException e) {
      throw admin.errors().link("describe the cluster", e);
    }
  }

  public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
    if (partitions.isEmpty()) {
      return Map.of();
    }
    Map<String, NewPartitions> wanted = new HashMap<>();
    partitions.forEach((name, count) -> wanted.put(name, NewPartitions.increaseTo(count)));
    Map<String, Optional<ReplicationException>> results = new HashMap<>();
    admin
        .get()
        .createPartitions(wanted)
        .values()
        .forEach(
            (name, answer) ->
                results.put(name, grown(name, partitions.getOrDefault(name, 0), answer)));
    Map<String, Integer> made = new HashMap<>(partitions);
    made.keySet().removeIf(name -> results.getOrDefault(name, Optional.empty()).isPresent());
    awaitVisible(made);
    return results;
  }

  /**
   * Waits until the brokers know what the controller has done, which takes milliseconds. Otherwise
   * later requests would fail, and be retried with a message.
   */
  private void awaitVisible(Map<String, Integer> partitions) {
    Map<String, Integer> unseen = new HashMap<>(partitions);
    long deadline = System.nanoTime() + VISIBLE.toNanos();
    while (true) {
      directory
          .shapes(unseen.keySet(), new HashMap<>())
          .forEach((name, shape) -> unseen.remove(name, shape.partitions().size()));
      if (unseen.isEmpty()
          || System.nanoTime() - deadline > 0
          || Thread.currentThread().isInterrupted()) {
        return;
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
  }

  private Optional<ReplicationException> grown(String name, int count, KafkaFuture<Void> answer) {
    try {
      AdminResults.get(answer);
      return Optional.empty();
    } catch (InvalidPartitionsException e) {
      TopicDescription now = describeTopics(List.of(name)).get(name);
      if (now != null && now.partitions() >= count) {
        return Optional.empty();
      }
      return Optional.of(admin.errors().call("add partitions to topic " + name, null, e));
    } catch (RuntimeException e) {
      return Optional.of(
          admin.errors().call("add partitions to topic " + name, "ALTER on Topic " + name, e));
    }
  }

  public void onSourceTopics(Map<String, TopicDescription> sourceByTarget) {
    sourceByTarget.forEach(
        (target, source) -> {
          topics.sourceCodec(target, source.configs().get("compression.type"));
          sourceNotes.put(
              target,
              source.hidesConfigs()
                  ? List.of(TopicPlan.sourceHidden(source.name()))
                  : TopicPlan.notCopied(source.configs()));
        });
  }

  /** Returns notes about target topics, by name; topics without notes are left out. */
  public Map<String, List<String>> notes() {
    Map<String, List<String>> all = new TreeMap<>();
    for (Map<String, List<String>> some : List.of(sourceNotes, planNotes, topics.notes())) {
      some.forEach(
          (topic, notes) -> {
            List<String> merged = all.computeIfAbsent(topic, name -> new ArrayList<>());
            notes.stream().filter(note -> !merged.contains(note)).forEach(merged::add);
          });
    }
    all.values().removeIf(List::isEmpty);
    all.replaceAll((topic, notes) -> List.copyOf(notes));
    return all;
  }

  public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> starts = new HashMap<>();
    partitions.forEach(partition -> starts.put(partition, OffsetSpec.earliest()));
    return offsets.list(starts);
  }

  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    partitions.forEach(partition -> ends.put(partition, OffsetSpec.latest()));
    return offsets.list(ends);
  }
}
