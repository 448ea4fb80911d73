package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.acls.AclControl;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.groups.KafkaGroups;
import dev.twinlog.internal.kafka.state.LinkDirectory;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.EncodedBatches;
import dev.twinlog.spi.GroupConfigStore;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ShareGroupStore;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** What Kafka sources and Kafka sinks have in common: what they can do with their cluster. */
abstract class KafkaPart
    implements AclStore,
        NamedCluster,
        LinkedCluster,
        EncodedBatches,
        ShareGroupStore,
        GroupConfigStore,
        ReadableLogs,
        AutoCloseable {
  final KafkaCluster cluster;
  final LazyAdmin admin;
  final KafkaGroups groups;
  private final PathChoice choice;
  private final AclControl acls;
  private final LinkDirectory links;

  KafkaPart(KafkaCluster cluster, PathChoice choice, ClientSettings settings) {
    this.cluster = cluster;
    this.choice = choice;
    this.admin = new LazyAdmin(settings);
    this.groups = new KafkaGroups(settings);
    this.acls = new AclControl(admin);
    this.links = new LinkDirectory(admin);
  }

  /** The cluster that is read or written. */
  public KafkaCluster cluster() {
    return cluster;
  }

  /** The path in use, never {@link DataPath#AUTO}. */
  public DataPath dataPath() {
    return choice.path();
  }

  @Override
  public String alias() {
    return cluster.alias();
  }

  @Override
  public Acls acls(Set<AclEntry.Kind> kinds) {
    return acls.acls(kinds);
  }

  @Override
  public Optional<String> unalterable() {
    return acls.unalterable();
  }

  @Override
  public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries) {
    return acls.createAcls(entries);
  }

  @Override
  public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries) {
    return acls.deleteAcls(entries);
  }

  @Override
  public String clusterId() {
    return admin.clusterId();
  }

  @Override
  public List<LinkDescription> linksInto() {
    return links.linksInto();
  }

  @Override
  public GroupStore.Listing listGroups() {
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
  public Map<String, Map<TopicPartition, Optional<GroupStore.Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    return groups.writeGroups(positions);
  }

  @Override
  public Map<String, Optional<GroupStore.Failure>> deleteGroups(Collection<String> ids) {
    return groups.deleteGroups(ids);
  }

  @Override
  public Map<String, GroupOffsets> shareGroupOffsets(Collection<String> ids) {
    return groups.shareGroupOffsets(ids);
  }

  @Override
  public Map<String, GroupDetails> describeShareGroups(Collection<String> ids) {
    return groups.describeShareGroups(ids);
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<GroupStore.Failure>>> writeShareGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    return groups.writeShareGroups(positions);
  }

  @Override
  public Map<String, Optional<GroupStore.Failure>> deleteShareGroups(Collection<String> ids) {
    return groups.deleteShareGroups(ids);
  }

  @Override
  public Map<String, GroupConfigs> groupConfigs(Collection<String> ids) {
    return groups.configs().describe(ids);
  }

  @Override
  public Map<String, Optional<GroupStore.Failure>> alterGroupConfigs(
      Map<String, Map<String, Optional<String>>> changes) {
    return groups.configs().alter(changes);
  }

  @Override
  public Set<String> topicNames() {
    return groups.topicNames();
  }

  @Override
  public Optional<Duration> groupRetention() {
    return groups.groupRetention();
  }

  @Override
  public boolean usesEncodedBatches() {
    return choice.path() == DataPath.BATCHES;
  }

  /** Why the record path is used although it was not configured; empty if it is not. */
  @Override
  public Optional<String> dataPathReason() {
    return choice.reason();
  }

  /** Closes the connections; never throws {@link InterruptedException}. */
  @Override
  public abstract void close();

  LazyAdmin admin() {
    return admin;
  }
}
