package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists offsets of partitions of a cluster. Every partition has its own answer: one without a
 * leader delays no other one for longer than {@link #PATIENCE_MS}. Thread-safe.
 */
public final class PartitionOffsets implements LeaderQueries {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionOffsets.class);

  /** How long to wait for a partition's leader. */
  private static final int PATIENCE_MS = 5_000;

  /** The epoch of a leader that does not return it. */
  public static final int UNKNOWN_EPOCH = -1;

  private final LazyAdmin admin;
  private final TopicDirectory directory;
  private final Set<String> warned = ConcurrentHashMap.newKeySet();
  private final IsolationLevel isolation;
  private final ListOffsetsOptions options;

  public PartitionOffsets(LazyAdmin admin, IsolationLevel isolation) {
    this.admin = admin;
    this.isolation = isolation;
    this.directory = new TopicDirectory(admin);
    this.options = new ListOffsetsOptions(isolation).timeoutMs(PATIENCE_MS);
  }

  /**
   * Returns the offset of each partition whose leader answered; −1 for a timestamp past the end. A
   * partition that is left out was deleted, or its leader does not answer now. Blocks.
   *
   * @throws RetriableException if there are partitions, and no leader answered
   */
  public Map<TopicPartition, Long> list(Map<TopicPartition, OffsetSpec> specs) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    answers(specs).forEach((partition, answer) -> offsets.put(partition, answer.offset()));
    return offsets;
  }

  /**
   * The end of a log.
   *
   * @param leaderEpoch the epoch of the leader that returned it; {@link #UNKNOWN_EPOCH} if it did
   *     not
   */
  public record End(long offset, int leaderEpoch) {}

  /** Returns the ends of these partitions; see {@link #list}. */
  public Map<TopicPartition, End> ends(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, End> ends = new HashMap<>();
    answers(latest)
        .forEach(
            (partition, answer) ->
                ends.put(
                    partition,
                    new End(answer.offset(), answer.leaderEpoch().orElse(UNKNOWN_EPOCH))));
    return ends;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> answers(
      Map<TopicPartition, OffsetSpec> specs) {
    Map<TopicPartition, ListOffsetsResultInfo> offsets = new HashMap<>();
    if (specs.isEmpty()) {
      return offsets;
    }
    // the admin client retries for a partition that does not exist, or has no leader
    List<TopicPartition> leaderless = new ArrayList<>();
    Map<TopicPartition, OffsetSpec> withLeader = withLeader(specs, leaderless);
    ReplicationException trouble = null;
    if (!leaderless.isEmpty()) {
      LOG.debug("no leader: {}", leaderless);
      trouble =
          new RetriableException(
              "%s has no leader for %s".formatted(admin.errors().alias(), leaderless));
    }
    ListOffsetsResult result = admin.get().listOffsets(withLeader, options);
    for (TopicPartition partition : withLeader.keySet()) {
      try {
        offsets.put(partition, AdminResults.get(result.partitionResult(partition)));
      } catch (UnknownTopicOrPartitionException e) {
        // deleted meanwhile: left out
      } catch (RuntimeException e) {
        ReplicationException failure = failure(partition, e);
        trouble = trouble == null ? failure : trouble;
      }
    }
    if (offsets.isEmpty() && trouble != null) {
      throw trouble;
    }
    return offsets;
  }

  /**
   * Returns the exception if no other partition answers either; throws if it concerns all of them.
   */
  private ReplicationException failure(TopicPartition partition, RuntimeException cause) {
    String topic = partition.topic();
    ReplicationException trouble =
        admin.errors().topic("list offsets of " + partition, "DESCRIBE on Topic " + topic, cause);
    if (trouble instanceof LinkFailedException || cause instanceof InterruptException) {
      throw trouble;
    }
    if (trouble instanceof RetriableException) {
      LOG.debug("left out: {}", partition, trouble);
    } else if (warned.add(topic)) {
      LOG.warn("partitions of {} are left out: {}", topic, trouble.getMessage());
    }
    return trouble instanceof RetriableException
        ? trouble
        : new RetriableException(String.valueOf(trouble.getMessage()), trouble);
  }

  private Map<TopicPartition, OffsetSpec> withLeader(
      Map<TopicPartition, OffsetSpec> specs, List<TopicPartition> leaderless) {
    Set<String> topics = new HashSet<>();
    specs.keySet().forEach(partition -> topics.add(partition.topic()));
    Map<String, TopicAuthorizationException> denied = new HashMap<>();
    Map<String, TopicDescription> shapes = directory.shapes(topics, denied);
    Map<TopicPartition, OffsetSpec> withLeader = new HashMap<>();
    specs.forEach(
        (partition, spec) -> {
          TopicDescription shape = shapes.get(partition.topic());
          if (shape == null) {
            // a topic that may not be described is queried, so that its own error is reported
            if (denied.containsKey(partition.topic())) {
              withLeader.put(partition, spec);
            }
          } else if (partition.partition() < shape.partitions().size()) {
            if (hasLeader(shape.partitions().get(partition.partition()))) {
              withLeader.put(partition, spec);
            } else {
              leaderless.add(partition);
            }
          }
        });
    return withLeader;
  }

  private static boolean hasLeader(TopicPartitionInfo partition) {
    Node leader = partition.leader();
    return leader != null && !leader.isEmpty();
  }

  /** Queries one offset of one partition, without waiting. */
  public KafkaFuture<Long> query(TopicPartition partition, OffsetSpec spec) {
    return admin
        .get()
        .listOffsets(Map.of(partition, spec), options)
        .partitionResult(partition)
        .thenApply(ListOffsetsResultInfo::offset);
  }

  @Override
  public boolean hidesOpenTransactions() {
    return isolation == IsolationLevel.READ_COMMITTED;
  }

  @Override
  public Map<TopicPartition, KafkaFuture<Long>> queryEnds(
      Collection<TopicPartition> partitions, boolean highWatermarks, int waitMs) {
    IsolationLevel level = highWatermarks ? IsolationLevel.READ_UNCOMMITTED : isolation;
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    ListOffsetsResult result =
        admin.get().listOffsets(latest, new ListOffsetsOptions(level).timeoutMs(waitMs));
    Map<TopicPartition, KafkaFuture<Long>> ends = new HashMap<>();
    partitions.forEach(
        partition ->
            ends.put(
                partition,
                result.partitionResult(partition).thenApply(ListOffsetsResultInfo::offset)));
    return ends;
  }

  @Override
  public KafkaFuture<TopicDescription> describe(String topic) {
    return Objects.requireNonNull(
        admin.get().describeTopics(List.of(topic)).topicNameValues().get(topic));
  }
}
