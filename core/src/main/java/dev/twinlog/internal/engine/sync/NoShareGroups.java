package dev.twinlog.internal.engine.sync;

import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.ShareGroupStore;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Groups of a store that has no share groups: each of those is refused. Stateless. */
record NoShareGroups(GroupStore groups) implements ShareGroupStore {
  private static final Failure NONE =
      new Failure(Refusal.OTHER_TYPE, "it is a share group, and the sink keeps no share groups");

  @Override
  public Map<String, GroupOffsets> shareGroupOffsets(Collection<String> ids) {
    Map<String, GroupOffsets> all = new HashMap<>();
    ids.forEach(id -> all.put(id, GroupOffsets.failed(NONE)));
    return all;
  }

  @Override
  public Map<String, GroupDetails> describeShareGroups(Collection<String> ids) {
    Map<String, GroupDetails> all = new HashMap<>();
    ids.forEach(id -> all.put(id, new GroupDetails(false, 0, Optional.of(NONE))));
    return all;
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeShareGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    Map<String, Map<TopicPartition, Optional<Failure>>> all = new HashMap<>();
    positions.forEach(
        (id, wanted) -> {
          Map<TopicPartition, Optional<Failure>> refused = new HashMap<>();
          wanted.keySet().forEach(partition -> refused.put(partition, Optional.of(NONE)));
          all.put(id, refused);
        });
    return all;
  }

  @Override
  public Map<String, Optional<Failure>> deleteShareGroups(Collection<String> ids) {
    Map<String, Optional<Failure>> all = new HashMap<>();
    ids.forEach(id -> all.put(id, Optional.of(NONE)));
    return all;
  }

  @Override
  public Listing listGroups() {
    return groups.listGroups();
  }

  @Override
  public Map<String, GroupOffsets> groupOffsets(Collection<String> ids) {
    return groups.groupOffsets(ids);
  }

  @Override
  public Map<String, GroupDetails> describeGroups(Collection<String> ids) {
    return groups.describeGroups(ids);
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    return groups.writeGroups(positions);
  }

  @Override
  public Map<String, Optional<Failure>> deleteGroups(Collection<String> ids) {
    return groups.deleteGroups(ids);
  }

  @Override
  public Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    return groups.earliestOffsets(partitions);
  }

  @Override
  public Set<String> topicNames() {
    return groups.topicNames();
  }

  @Override
  public Optional<Duration> groupRetention() {
    return groups.groupRetention();
  }
}
