package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates and reads a topic of one link: its state topic, with all shards of its state, or another
 * compacted topic. Confined to one thread at a time.
 */
final class StateTopic {
  private static final Logger LOG = LoggerFactory.getLogger(StateTopic.class);
  static final int MAX_RECORD_BYTES = 16 << 20;

  /** How long a read continues without any progress. */
  static final Duration READ_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  static final Duration POLL = Duration.ofMillis(100);

  /** The size of a segment, which is read before it is compacted; the largest record still fits. */
  private static final int SEGMENT_BYTES = MAX_RECORD_BYTES;

  private static final Duration SEGMENT_AGE = Duration.ofMinutes(10);
  private static final Duration TOMBSTONE_AGE = Duration.ofHours(1);

  private final LazyAdmin admin;
  private final String name;
  private final StateAddress address;
  private Uuid createdId = Uuid.ZERO_UUID;
  private String cluster = "";

  StateTopic(LazyAdmin admin, String name) {
    this.admin = admin;
    this.name = name;
    this.address = StateAddress.of(name);
  }

  static String nameOf(String link) {
    return "twinlog." + link + ".state";
  }

  String name() {
    return name;
  }

  /** Where its records are. */
  StateAddress address() {
    return address;
  }

  /**
   * Creates the topic unless it exists, and checks that its configs keep what is written.
   *
   * @return whether it was created now; then not every broker may know it yet
   */
  boolean ensure() {
    try {
      DescribeClusterResult described = admin.get().describeCluster();
      int brokers = AdminResults.get(described.nodes()).size();
      cluster = AdminResults.get(described.clusterId());
      short replicas = (short) Math.max(1, Math.min(3, brokers));
      NewTopic topic =
          new NewTopic(name, address.shards().count(), replicas).configs(configs(replicas));
      CreateTopicsResult created = admin.get().createTopics(List.of(topic));
      AdminResults.get(created.all());
      createdId = idOf(created);
      return true;
    } catch (TopicExistsException e) {
      checkConfigs();
      return false;
    } catch (TopicAuthorizationException e) {
      // an operator may have created it for the link; if not, its first use fails
      if (!exists()) {
        throw denied("create", "CREATE", e);
      }
      return false;
    } catch (RuntimeException e) {
      throw admin.errors().link("create topic " + name, "CREATE on Topic " + name, e);
    }
  }

  /**
   * Checks that the cluster is the one in which {@link #ensure} has found or created the topic.
   *
   * @throws TargetReplacedException if it is another one
   */
  void requireSameCluster() {
    String now;
    try {
      now = AdminResults.get(admin.get().describeCluster().clusterId());
    } catch (RuntimeException e) {
      throw admin.errors().link("describe the cluster of topic " + name, e);
    }
    if (!now.equals(cluster)) {
      throw new TargetReplacedException(
          "%s is another cluster now: %s, while topic %s was in %s"
              .formatted(admin.errors().alias(), now, name, cluster));
    }
  }

  private Uuid idOf(CreateTopicsResult created) {
    try {
      return AdminResults.get(created.topicId(name));
    } catch (RuntimeException e) {
      return Uuid.ZERO_UUID; // not returned without the permission to describe the configs
    }
  }

  /** Returns the id of the topic that {@link #ensure} created last; zero if it is not known. */
  Uuid createdId() {
    return createdId;
  }

  private static Map<String, String> configs(int replicas) {
    return Map.of(
        "cleanup.policy",
        "compact",
        "compression.type",
        "producer",
        "max.message.bytes",
        Integer.toString(MAX_RECORD_BYTES),
        "min.insync.replicas",
        replicas >= 3 ? "2" : "1",
        "unclean.leader.election.enable",
        "false",
        // the active segment is never compacted, and a starting link reads all of it
        "segment.bytes",
        Integer.toString(SEGMENT_BYTES),
        "segment.ms",
        Long.toString(SEGMENT_AGE.toMillis()),
        "min.cleanable.dirty.ratio",
        "0.1",
        // for tombstones and transaction markers
        "delete.retention.ms",
        Long.toString(TOMBSTONE_AGE.toMillis()));
  }

  /**
   * The topic as the brokers describe it.
   *
   * @param topicId all zeros if it does not exist
   */
  record Look(Uuid topicId, int partitions, int replicas) {}

  Look look() {
    try {
      TopicDescription found =
          AdminResults.get(
              Objects.requireNonNull(
                  admin.get().describeTopics(List.of(name)).topicNameValues().get(name)));
      return new Look(
          found.topicId(), found.partitions().size(), found.partitions().get(0).replicas().size());
    } catch (UnknownTopicOrPartitionException e) {
      return new Look(Uuid.ZERO_UUID, 0, 0);
    } catch (RuntimeException e) {
      throw admin.errors().link("describe topic " + name, "DESCRIBE on Topic " + name, e);
    }
  }

  /** Sets the configs of a topic that was not created by this link. */
  void setConfigs() {
    List<AlterConfigOp> operations =
        configs(look().replicas()).entrySet().stream()
            .map(one -> new ConfigEntry(one.getKey(), one.getValue()))
            .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
            .toList();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    try {
      AdminResults.get(admin.get().incrementalAlterConfigs(Map.of(resource, operations)).all());
    } catch (TopicAuthorizationException e) {
      // checked and reported with everything else that is wrong with it
      LOG.debug("the configs of {} may not be set", name, e);
    } catch (RuntimeException e) {
      throw admin.errors().link("set the configs of topic " + name, e);
    }
  }

  /** Returns what is wrong with a topic that was created or changed by others, with the remedy. */
  List<String> complaints(Look look) {
    List<String> complaints = new ArrayList<>();
    if (look.partitions() > 1) {
      complaints.add(
          "it has %d partitions, but only partition 0 is used".formatted(look.partitions()));
    }
    String policy = policy();
    if (!policy.isEmpty() && !policy.equals("compact")) {
      complaints.add(wrongPolicy(policy));
    }
    return complaints;
  }

  private static String wrongPolicy(String policy) {
    return "it has cleanup.policy=%s, so what the link keeps there would be deleted: set it to compact"
        .formatted(policy);
  }

  private String policy() {
    return configNow().map(config -> value(config, "cleanup.policy")).orElse("");
  }

  long startOffset() {
    try {
      return offset(address.first(), OffsetSpec.earliest());
    } catch (RuntimeException e) {
      throw admin.errors().link("list offsets of topic " + name, "DESCRIBE on Topic " + name, e);
    }
  }

  /** Whether it has no records: it was just created, or all of them were deleted. */
  boolean isEmpty() {
    try {
      long start = offset(address.first(), OffsetSpec.earliest());
      return start >= offset(address.first(), OffsetSpec.latest());
    } catch (RuntimeException e) {
      throw admin.errors().link("list offsets of topic " + name, "DESCRIBE on Topic " + name, e);
    }
  }

  private long offset(TopicPartition partition, OffsetSpec spec) {
    return AdminResults.get(
            admin.get().listOffsets(Map.of(partition, spec)).partitionResult(partition))
        .offset();
  }

  boolean exists() {
    try {
      return AdminResults.get(admin.get().listTopics().names()).contains(name);
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
  }

  private void checkConfigs() {
    Optional<Config> found = configNow();
    if (found.isEmpty()) {
      return;
    }
    Config config = found.get();
    String policy = value(config, "cleanup.policy");
    if (!policy.equals("compact")) {
      throw new LinkFailedException(
          "topic %s on %s: %s".formatted(name, admin.errors().alias(), wrongPolicy(policy)));
    }
    String segment = value(config, "segment.bytes");
    if (!segment.isEmpty() && Long.parseLong(segment) > SEGMENT_BYTES) {
      // its creator may have had reasons: it works, only slower
      LOG.info(
          "topic {} on {} has segment.bytes={}: a link starts sooner with {} and segment.ms={}, since it reads all that is not compacted yet",
          name,
          admin.errors().alias(),
          segment,
          SEGMENT_BYTES,
          SEGMENT_AGE.toMillis());
    }
  }

  /** Returns the configs; empty if they may not be described. */
  private Optional<Config> configNow() {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    try {
      return Optional.ofNullable(
          AdminResults.get(admin.get().describeConfigs(List.of(resource)).all()).get(resource));
    } catch (TopicAuthorizationException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      throw admin.errors().link("describe the configs of topic " + name, e);
    }
  }

  private static String value(Config config, String name) {
    return Optional.ofNullable(config.get(name)).map(ConfigEntry::value).orElse("");
  }

  /** Reads everything that is committed now. */
  StateContents read() {
    StateContents contents = new StateContents();
    read((where, key, value) -> StateRecords.fold(where, key, value, contents), () -> true);
    return contents;
  }

  /**
   * Reads everything that is committed, at least up to the first owner record of {@code instance}:
   * an earlier owner's open transaction has ended before it.
   */
  StateContents readUpTo(UUID instance) {
    StateContents contents = new StateContents();
    boolean[] seen = {false};
    read(
        (where, key, value) -> {
          StateRecords.fold(where, key, value, contents);
          seen[0] |= contents.owner().filter(owner -> owner.equals(instance)).isPresent();
        },
        () -> seen[0]);
    return contents;
  }

  /** Takes the records that are read, one by one. */
  @FunctionalInterface
  interface Fold {

    /**
     * Takes the next record.
     *
     * @param where topic and offset, for messages
     */
    void add(String where, byte @Nullable [] key, byte @Nullable [] value);
  }

  /**
   * Reads everything that is committed now.
   *
   * @param complete whether nothing is awaited beyond that
   */
  void read(Fold fold, BooleanSupplier complete) {
    Consumer<byte[], byte[]> consumer = open(admin, name);
    try {
      read(consumer, fold, complete);
    } catch (TopicAuthorizationException e) {
      throw denied("read", "READ", e);
    } catch (RuntimeException e) {
      throw admin.errors().link("read topic " + name, "READ on Topic " + name, e);
    } finally {
      close(consumer);
    }
  }

  private void read(Consumer<byte[], byte[]> consumer, Fold fold, BooleanSupplier complete) {
    List<TopicPartition> partitions = address.partitions();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, READ_TIMEOUT);
    long end = ends.values().stream().mapToLong(Long::longValue).sum();
    ReadProgress progress = new ReadProgress();
    while (true) {
      // behind the end only what completes it is awaited, however fast others write
      long position = 0;
      for (TopicPartition partition : partitions) {
        position +=
            Math.min(consumer.position(partition, READ_TIMEOUT), ends.getOrDefault(partition, 0L));
      }
      if (complete.getAsBoolean() && position >= end) {
        return;
      }
      if (!progress.moves(position)) {
        throw new RetriableException(
            "%s returns nothing more of topic %s at offset %d of %d, for %d s"
                .formatted(admin.errors().alias(), name, position, end, READ_TIMEOUT.toSeconds()));
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        fold.add(
            "offset %d of topic %s on %s".formatted(record.offset(), name, admin.errors().alias()),
            record.key(),
            record.value());
      }
    }
  }

  /** Distinguishes a slow read from one that makes no progress. */
  static final class ReadProgress {
    private long last = Long.MIN_VALUE;
    private long movedAt = System.nanoTime();

    /** Whether {@code position} has changed lately. */
    boolean moves(long position) {
      long now = System.nanoTime();
      if (position != last) {
        last = position;
        movedAt = now;
      }
      return now - movedAt <= READ_TIMEOUT.toNanos();
    }
  }

  /** Opens a read-committed consumer; {@code role} distinguishes it from others. */
  static Consumer<byte[], byte[]> open(LazyAdmin admin, String role) {
    // the user's fetch settings are meant for the data
    return admin.consumer(
        "state-" + role,
        Map.of(
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            20_000,
            ConsumerConfig.FETCH_MAX_BYTES_CONFIG,
            MAX_RECORD_BYTES,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            MAX_RECORD_BYTES,
            ConsumerConfig.FETCH_MIN_BYTES_CONFIG,
            1,
            // a fetch at the end of the log would delay closing for that long
            ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG,
            20));
  }

  static void close(Consumer<byte[], byte[]> consumer) {
    try {
      ClientLibrary.close(consumer, CLOSE_TIMEOUT);
    } catch (InterruptException e) {
      // the flag is restored; this consumer has nothing left to do
    }
  }

  private ReplicationException denied(String what, String operation, RuntimeException cause) {
    return admin
        .errors()
        .link("%s topic %s".formatted(what, name), operation + " on Topic " + name, cause);
  }
}
