package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;

/** A replication listener that keeps the events it receives. */
final class Heard implements ReplicationListener {

  /** A reported gap. */
  record Gap(TopicPartition source, long from, long to, GapCause cause) {}

  /** A rewind of a source partition after the target has lost records. */
  record Rewound(TopicPartition source, long survivingEnd, long from) {}

  /** A change of configs of a target topic. */
  record ConfigChange(String topic, Map<String, Optional<String>> changes) {}

  private final List<AclEntry> aclsCreated = new CopyOnWriteArrayList<>();
  private final List<AclEntry> aclsDeleted = new CopyOnWriteArrayList<>();
  private final List<String> deletions = new CopyOnWriteArrayList<>();
  private final List<ConfigChange> configChanges = new CopyOnWriteArrayList<>();
  private final List<Rewound> rewinds = new CopyOnWriteArrayList<>();
  private final List<LinkState> linkStates = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final List<String> groups = new CopyOnWriteArrayList<>();
  private final Map<TopicPartition, List<PartitionState>> states = new ConcurrentHashMap<>();
  private final Map<TopicPartition, List<ReplicationException>> stops = new ConcurrentHashMap<>();
  private final Map<TopicPartition, List<ReplicationException>> retries = new ConcurrentHashMap<>();

  @Override
  public void linkStateChanged(LinkState from, LinkState to, String reason) {
    linkStates.add(to);
  }

  @Override
  public void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {
    states.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(to);
  }

  @Override
  public void groupSynced(String group) {
    groups.add(group + " synced");
  }

  @Override
  public void groupHeld(String group, GroupState state, String reason) {
    groups.add(group + " held " + state);
  }

  /** What became of consumer groups, as {@code group synced} or {@code group held STATE}. */
  List<String> groups() {
    return groups;
  }

  @Override
  public void gap(TopicPartition source, long from, long to, GapCause cause) {
    gaps.add(new Gap(source, from, to, cause));
  }

  @Override
  public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
    retries.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(cause);
  }

  @Override
  public void partitionStopped(TopicPartition source, ReplicationException cause) {
    stops.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(cause);
  }

  @Override
  public void targetRewound(TopicPartition source, Route route, long survivingEnd, long from) {
    rewinds.add(new Rewound(source, survivingEnd, from));
  }

  @Override
  public void configsChanged(String targetTopic, Map<String, Optional<String>> changes) {
    configChanges.add(new ConfigChange(targetTopic, changes));
  }

  @Override
  public void aclsChanged(List<AclEntry> created, List<AclEntry> deleted) {
    aclsCreated.addAll(created);
    aclsDeleted.addAll(deleted);
  }

  List<AclEntry> aclsCreated() {
    return aclsCreated;
  }

  List<AclEntry> aclsDeleted() {
    return aclsDeleted;
  }

  @Override
  public void topicDeleted(String sourceTopic, String targetTopic) {
    deletions.add(sourceTopic + " -> " + targetTopic);
  }

  List<String> deletions() {
    return deletions;
  }

  List<ConfigChange> configChanges() {
    return configChanges;
  }

  List<Rewound> rewinds() {
    return rewinds;
  }

  List<LinkState> linkStates() {
    return linkStates;
  }

  List<Gap> gaps() {
    return gaps;
  }

  List<PartitionState> states(TopicPartition source) {
    return states.getOrDefault(source, List.of());
  }

  List<ReplicationException> retries(TopicPartition source) {
    return retries.getOrDefault(source, List.of());
  }

  List<ReplicationException> stops(TopicPartition source) {
    return stops.getOrDefault(source, List.of());
  }

  /** Waits until the partition has stopped that often; returns the last cause. */
  ReplicationException awaitStop(TopicPartition source, int times) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(() -> assertThat(stops(source)).hasSizeGreaterThanOrEqualTo(times));
    assertThat(stops(source)).as("%s", stops(source)).hasSize(times);
    return stops(source).get(times - 1);
  }
}
