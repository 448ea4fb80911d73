package dev.twinlog.internal.engine.sync;

import dev.twinlog.spi.GroupStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The consumer groups of a cluster that is only a map, with Kafka's rules. Not thread-safe. */
final class InMemoryGroups implements GroupStore {
  static final int MAX_METADATA = 16;

  final Map<String, Map<TopicPartition, GroupPosition>> positions = new TreeMap<>();
  final Map<String, Integer> members = new HashMap<>();
  final Map<TopicPartition, Long> starts = new HashMap<>();
  final Map<String, Failure> failures = new HashMap<>();
  final Set<String> topics = new TreeSet<>();
  @Nullable RuntimeException topicFailure;
  Optional<String> limitedBy = Optional.empty();
  Optional<Duration> retention = Optional.empty();

  /** What was written, as {@code group partition offset}. */
  final List<String> writes = new ArrayList<>();

  /** The groups that were described or read, in the order of calls. */
  final List<String> read = new ArrayList<>();

  /** Called before a write; may refuse it. */
  BiFunction<String, TopicPartition, Optional<Failure>> onWrite =
      (group, partition) -> Optional.empty();

  void commit(String group, TopicPartition partition, long offset) {
    commit(group, partition, offset, "");
  }

  void commit(String group, TopicPartition partition, long offset, String metadata) {
    positions
        .computeIfAbsent(group, any -> new HashMap<>())
        .put(partition, new GroupPosition(offset, metadata));
  }

  long offset(String group, TopicPartition partition) {
    GroupPosition found = positions.getOrDefault(group, Map.of()).get(partition);
    return found == null ? -1 : found.offset();
  }

  @Override
  public Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    return Map.copyOf(starts);
  }

  @Override
  public Set<String> topicNames() {
    if (topicFailure != null) {
      throw topicFailure;
    }
    return topics;
  }

  @Override
  public Listing listGroups() {
    return new Listing(positions.keySet(), Set.of(), limitedBy);
  }

  @Override
  public Map<String, GroupOffsets> groupOffsets(Collection<String> groups) {
    Map<String, GroupOffsets> found = new HashMap<>();
    for (String group : groups) {
      read.add(group);
      Failure failure = failures.get(group);
      found.put(
          group,
          failure == null
              ? GroupOffsets.of(positions.getOrDefault(group, Map.of()))
              : GroupOffsets.failed(failure));
    }
    return found;
  }

  @Override
  public Map<String, GroupDetails> describeGroups(Collection<String> groups) {
    Map<String, GroupDetails> found = new HashMap<>();
    for (String group : groups) {
      found.put(
          group,
          new GroupDetails(
              positions.containsKey(group),
              members.getOrDefault(group, 0),
              Optional.ofNullable(failures.get(group))));
    }
    return found;
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> wanted) {
    Map<String, Map<TopicPartition, Optional<Failure>>> answers = new HashMap<>();
    wanted.forEach(
        (group, ofGroup) -> {
          Map<TopicPartition, Optional<Failure>> ofPartitions = new HashMap<>();
          ofGroup.forEach(
              (partition, position) ->
                  ofPartitions.put(partition, write(group, partition, position)));
          answers.put(group, ofPartitions);
        });
    return answers;
  }

  private Optional<Failure> write(String group, TopicPartition partition, GroupPosition position) {
    Optional<Failure> refused = onWrite.apply(group, partition);
    if (refused.isPresent()) {
      return refused;
    }
    if (members.getOrDefault(group, 0) > 0) {
      return Optional.of(new Failure(Refusal.ACTIVE, "the group has members"));
    }
    if (position.metadata().length() > MAX_METADATA) {
      return Optional.of(new Failure(Refusal.METADATA_TOO_LARGE, "too long"));
    }
    commit(group, partition, position.offset(), position.metadata());
    writes.add("%s %s %d".formatted(group, partition, position.offset()));
    return Optional.empty();
  }

  @Override
  public Map<String, Optional<Failure>> deleteGroups(Collection<String> groups) {
    Map<String, Optional<Failure>> answers = new HashMap<>();
    for (String group : groups) {
      boolean empty = members.getOrDefault(group, 0) == 0;
      if (empty) {
        positions.remove(group);
      }
      answers.put(
          group,
          empty
              ? Optional.empty()
              : Optional.of(new Failure(Refusal.ACTIVE, "the group has members")));
    }
    return answers;
  }

  @Override
  public Optional<Duration> groupRetention() {
    return retention;
  }
}
