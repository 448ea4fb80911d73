package dev.twinlog.internal.kafka.groups;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.ShareGroupStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.clients.admin.AlterConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes the positions of consumer groups through an admin client of its own, so that
 * many groups don't delay the link's other calls.
 *
 * <p>It never asks for stable offsets only, since the answer leaves out the positions that a
 * transaction is about to change, without an error.
 *
 * <p>Used by one thread at a time, except {@link #close}.
 */
public final class KafkaGroups implements ShareGroupStore, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaGroups.class);
  private static final int BATCH = 500;
  private static final int BATCHES_UNDER_WAY = 2;
  private static final int WRITES_UNDER_WAY = 200;
  private static final long ASK_AGAIN = Duration.ofMinutes(1).toNanos();

  /** A link with a newer version may have remembered share groups. */
  private static final Failure NO_SHARE_GROUPS =
      new Failure(
          Refusal.OTHER_TYPE,
          "it is a share group, and this version of kafka-clients has none: use 4.1 or newer");

  private final LazyAdmin admin;
  private final GroupErrors reading;
  private final GroupErrors writing;
  private final GroupErrors deleting;
  private boolean seesAll;
  private long seesAllAskedAt;
  private Optional<Duration> retention = Optional.empty();
  private boolean retentionAsked;
  private final GroupConfigCalls configs;

  /**
   * The partitions of the positions that were read last, each one object: the caller may keep
   * positions of many groups, read at different times.
   */
  private Map<TopicPartition, TopicPartition> partitions = Map.of();

  /** The groups of a cluster. Connects on the first call. */
  public KafkaGroups(ClientSettings settings) {
    this.admin = new LazyAdmin(settings);
    String alias = settings.alias();
    this.reading = new GroupErrors(alias, "DESCRIBE");
    this.writing = new GroupErrors(alias, "READ");
    this.deleting = new GroupErrors(alias, "DELETE");
    this.configs = new GroupConfigCalls(admin);
  }

  @Override
  public Listing listGroups() {
    GroupLists.Found found;
    try {
      found = GroupLists.list(admin.get());
    } catch (RuntimeException e) {
      throw unavailable("list groups", e);
    }
    if (!found.errors().isEmpty()) {
      Throwable first = found.errors().iterator().next();
      if (found.groups().isEmpty() && found.shareGroups().isEmpty()) {
        // most likely no broker has answered: groups that are shown would look compared
        throw unavailable("list groups", new KafkaException(first.getMessage(), first));
      }
      return new Listing(
          found.groups(),
          found.shareGroups(),
          Optional.of(
              "%d brokers of %s did not list their groups: %s"
                  .formatted(found.errors().size(), alias(), first.getMessage())));
    }
    return new Listing(
        found.groups(),
        found.shareGroups(),
        seesAllGroups()
            ? Optional.empty()
            : Optional.of(
                "only groups of %s with DESCRIBE on Group can be seen, since DESCRIBE on Cluster is missing"
                    .formatted(alias())));
  }

  /** Without this permission the list has only groups that may be described, without an error. */
  private boolean seesAllGroups() {
    long now = System.nanoTime();
    if (seesAll && now - seesAllAskedAt < ASK_AGAIN) {
      return true;
    }
    try {
      Set<AclOperation> allowed =
          AdminResults.get(
              admin
                  .get()
                  .describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true))
                  .authorizedOperations());
      seesAll = allowed == null || allowed.contains(AclOperation.DESCRIBE);
      seesAllAskedAt = now;
      return seesAll;
    } catch (RuntimeException e) {
      throw unavailable("describe the cluster", e);
    }
  }

  @Override
  public Map<String, GroupOffsets> groupOffsets(Collection<String> groups) {
    Map<String, GroupOffsets> all = new HashMap<>();
    Map<TopicPartition, TopicPartition> read = new HashMap<>();
    inBatches(
        groups,
        batch -> {
          Map<String, ListConsumerGroupOffsetsSpec> specs = new HashMap<>();
          batch.forEach(group -> specs.put(group, new ListConsumerGroupOffsetsSpec()));
          var asked = admin.get().listConsumerGroupOffsets(specs);
          return () -> {
            for (String group : batch) {
              all.put(group, offsets(group, asked.partitionsToOffsetAndMetadata(group), read));
            }
          };
        });
    partitions = read;
    return all;
  }

  /** The object that stands for a partition in all positions. */
  private TopicPartition shared(
      TopicPartition partition, Map<TopicPartition, TopicPartition> read) {
    TopicPartition known = read.get(partition);
    if (known == null) {
      known = partitions.getOrDefault(partition, partition);
      read.put(known, known);
    }
    return known;
  }

  /**
   * The positions of one group.
   *
   * @param read the partitions of all groups that are being read
   */
  private GroupOffsets offsets(
      String group,
      KafkaFuture<Map<TopicPartition, OffsetAndMetadata>> asked,
      Map<TopicPartition, TopicPartition> read) {
    Map<TopicPartition, OffsetAndMetadata> committed;
    try {
      committed = AdminResults.get(asked);
    } catch (RuntimeException e) {
      return GroupOffsets.failed(reading.of(group, e));
    }
    Map<TopicPartition, GroupPosition> positions = new HashMap<>();
    committed.forEach(
        (partition, commit) -> {
          if (commit != null && commit.offset() >= 0) {
            String metadata = commit.metadata();
            positions.put(
                shared(partition, read),
                new GroupPosition(
                    commit.offset(), metadata == null || metadata.isEmpty() ? "" : metadata));
          }
        });
    return GroupOffsets.of(positions);
  }

  @Override
  public Map<String, GroupDetails> describeGroups(Collection<String> groups) {
    Map<String, GroupDetails> all = new HashMap<>();
    inBatches(
        groups,
        batch -> {
          Map<String, KafkaFuture<ConsumerGroupDescription>> asked =
              admin.get().describeConsumerGroups(batch).describedGroups();
          return () -> asked.forEach((group, answer) -> all.put(group, details(group, answer)));
        });
    if (all.values().stream().anyMatch(it -> !it.exists() && it.failure().isEmpty())) {
      Map<String, GroupDetails> streams = streams();
      all.replaceAll((group, it) -> it.exists() ? it : streams.getOrDefault(group, it));
    }
    return all;
  }

  private Map<String, GroupDetails> streams() {
    try {
      return GroupLists.listStreams(admin.get());
    } catch (RuntimeException e) {
      throw unavailable("list groups", e);
    }
  }

  private GroupDetails details(String group, KafkaFuture<ConsumerGroupDescription> asked) {
    try {
      ConsumerGroupDescription found = AdminResults.get(asked);
      return new GroupDetails(true, found.members().size(), Optional.empty());
    } catch (GroupIdNotFoundException e) {
      // also where it is of another type, which a write finds out
      return new GroupDetails(false, 0, Optional.empty());
    } catch (RuntimeException e) {
      return new GroupDetails(false, 0, Optional.of(reading.of(group, e)));
    }
  }

  private static void inBatches(
      Collection<String> groups, Function<List<String>, Runnable> asking) {
    List<String> all = List.copyOf(groups);
    Queue<Runnable> underWay = new ArrayDeque<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      underWay.add(asking.apply(all.subList(from, Math.min(all.size(), from + BATCH))));
      if (underWay.size() >= BATCHES_UNDER_WAY) {
        underWay.remove().run();
      }
    }
    underWay.forEach(Runnable::run);
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    Map<String, Map<TopicPartition, Optional<Failure>>> all = new HashMap<>();
    underWay(
        positions,
        (group, wanted) -> {
          Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
          wanted.forEach(
              (partition, position) ->
                  commits.put(
                      partition,
                      new OffsetAndMetadata(
                          position.offset(), Optional.empty(), position.metadata())));
          AlterConsumerGroupOffsetsResult asked =
              admin.get().alterConsumerGroupOffsets(group, commits);
          return () -> all.put(group, written(group, commits.keySet(), asked));
        });
    return all;
  }

  private Map<TopicPartition, Optional<Failure>> written(
      String group, Set<TopicPartition> partitions, AlterConsumerGroupOffsetsResult asked) {
    Map<TopicPartition, Optional<Failure>> written = new HashMap<>();
    for (TopicPartition partition : partitions) {
      written.put(partition, failure(writing, group, asked.partitionResult(partition)));
    }
    return written;
  }

  static Optional<Failure> failure(GroupErrors errors, String group, KafkaFuture<Void> asked) {
    try {
      AdminResults.get(asked);
      return Optional.empty();
    } catch (RuntimeException e) {
      return Optional.of(errors.of(group, e));
    }
  }

  @Override
  public Map<String, Optional<Failure>> deleteGroups(Collection<String> groups) {
    Map<String, KafkaFuture<Void>> asked = admin.get().deleteConsumerGroups(groups).deletedGroups();
    Map<String, Optional<Failure>> all = new HashMap<>();
    asked.forEach(
        (group, answer) -> {
          Optional<Failure> failure = failure(deleting, group, answer);
          // there is no group of this id, or none of this type
          all.put(group, failure.filter(it -> it.refusal() != Refusal.OTHER_TYPE));
        });
    return all;
  }

  @Override
  public Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, OffsetSpec.earliest()));
    Map<TopicPartition, Long> starts = new HashMap<>();
    try {
      ListOffsetsResult answers = admin.get().listOffsets(asked);
      for (TopicPartition partition : asked.keySet()) {
        try {
          starts.put(partition, AdminResults.get(answers.partitionResult(partition)).offset());
        } catch (InterruptException e) {
          throw e;
        } catch (RuntimeException e) {
          LOG.debug("the log start of {} can't be asked now", partition, e);
        }
      }
    } catch (InterruptException e) {
      throw unavailable("list log starts", e);
    }
    return starts;
  }

  @Override
  public Set<String> topicNames() {
    try {
      return AdminResults.get(admin.get().listTopics().names());
    } catch (RuntimeException e) {
      throw unavailable("list topics", e);
    }
  }

  @Override
  public Optional<Duration> groupRetention() {
    if (!retentionAsked) {
      askForRetention();
    }
    return retention;
  }

  /**
   * Needs DESCRIBE_CONFIGS on Cluster; without it Kafka's default of a week is assumed. Is repeated
   * if the brokers can't answer now.
   */
  private void askForRetention() {
    try {
      List<ConfigResource> brokers = new ArrayList<>();
      for (Node node : AdminResults.get(admin.get().describeCluster().nodes())) {
        brokers.add(new ConfigResource(ConfigResource.Type.BROKER, node.idString()));
      }
      Optional<Duration> least = Optional.empty();
      for (Config config : AdminResults.get(admin.get().describeConfigs(brokers).all()).values()) {
        ConfigEntry entry = config.get("offsets.retention.minutes");
        if (entry != null && entry.value() != null) {
          Duration kept = Duration.ofMinutes(Long.parseLong(entry.value()));
          least = least.filter(known -> known.compareTo(kept) < 0).or(() -> Optional.of(kept));
        }
      }
      retention = least;
      retentionAsked = true;
    } catch (InterruptException e) {
      throw e;
    } catch (AuthorizationException e) {
      retentionAsked = true;
    } catch (RuntimeException e) {
      LOG.debug("the retention of positions can't be asked now", e);
    }
  }

  // Share groups.

  @Override
  public Map<String, GroupOffsets> shareGroupOffsets(Collection<String> groups) {
    Map<String, GroupOffsets> all = new HashMap<>();
    try {
      inBatches(groups, batch -> ShareGroupCalls.offsets(admin.get(), reading, batch, all));
    } catch (LinkageError e) {
      groups.forEach(group -> all.put(group, GroupOffsets.failed(NO_SHARE_GROUPS)));
    }
    return all;
  }

  @Override
  public Map<String, GroupDetails> describeShareGroups(Collection<String> groups) {
    Map<String, GroupDetails> all = new HashMap<>();
    try {
      inBatches(groups, batch -> ShareGroupCalls.describe(admin.get(), reading, batch, all));
    } catch (LinkageError e) {
      groups.forEach(
          group -> all.put(group, new GroupDetails(false, 0, Optional.of(NO_SHARE_GROUPS))));
    }
    return all;
  }

  @Override
  public Map<String, Map<TopicPartition, Optional<Failure>>> writeShareGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions) {
    Map<String, Map<TopicPartition, Optional<Failure>>> all = new HashMap<>();
    underWay(
        positions,
        (group, wanted) -> ShareGroupCalls.write(admin.get(), writing, group, wanted, all));
    return all;
  }

  @Override
  public Map<String, Optional<Failure>> deleteShareGroups(Collection<String> groups) {
    return ShareGroupCalls.delete(admin.get(), deleting, groups);
  }

  /** The configs of share groups. */
  public GroupConfigCalls configs() {
    return configs;
  }

  private static void underWay(
      Map<String, Map<TopicPartition, GroupPosition>> positions,
      BiFunction<String, Map<TopicPartition, GroupPosition>, Runnable> asking) {
    Queue<Runnable> underWay = new ArrayDeque<>();
    positions.forEach(
        (group, wanted) -> {
          if (underWay.size() >= WRITES_UNDER_WAY) {
            underWay.remove().run();
          }
          underWay.add(asking.apply(group, wanted));
        });
    underWay.forEach(Runnable::run);
  }

  private String alias() {
    return admin.errors().alias();
  }

  /** Never an error that ends the link: it copies on without its groups. */
  private RetriableException unavailable(String doing, RuntimeException cause) {
    return new RetriableException(
        "can't %s on %s: %s".formatted(doing, alias(), cause.getMessage()), cause);
  }

  /** Closes the connection; a later call opens a new one. */
  @Override
  public void close() {
    admin.close();
  }
}
