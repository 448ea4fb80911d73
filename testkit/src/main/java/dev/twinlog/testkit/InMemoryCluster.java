package dev.twinlog.testkit;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.testkit.internal.memory.ClusterState;
import dev.twinlog.testkit.internal.memory.InMemoryLog;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import dev.twinlog.testkit.memory.InMemoryProgress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of topics in memory, which an {@link InMemorySource} reads and an {@link InMemorySink}
 * writes to. It outlives both, so a restart of a link is a new source and a new sink on the same
 * two clusters.
 *
 * <p>Methods that name a topic or partition that does not exist throw {@link
 * IllegalArgumentException}.
 *
 * <p>Thread-safe.
 */
public final class InMemoryCluster {
  private final ClusterState state;
  private final Clock clock;

  private InMemoryCluster(String id, Clock clock) {
    this.state = new ClusterState(id);
    this.clock = clock;
  }

  /** Creates an empty cluster with this id and the system's UTC clock. */
  public static InMemoryCluster create(String id) {
    return create(id, Clock.systemUTC());
  }

  /** Creates an empty cluster with this id; {@code clock} stamps records without a timestamp. */
  public static InMemoryCluster create(String id, Clock clock) {
    return new InMemoryCluster(id, clock);
  }

  /** Its id. */
  public String id() {
    return state.id();
  }

  // Topics.

  /** Creates a topic with replication factor 1 and no configs. */
  public void createTopic(String topic, int partitions) {
    createTopic(TopicDescription.of(topic, Optional.empty(), partitions, 1, Map.of()));
  }

  /**
   * Creates a topic. Its id is always a new one.
   *
   * @throws IllegalArgumentException if it exists
   */
  public void createTopic(TopicDescription wanted) {
    state.change(() -> state.topics().create(wanted));
  }

  /** Adds partitions until the topic has this many; never removes any. */
  public void addPartitions(String topic, int partitions) {
    state.change(() -> state.topics().grow(topic, partitions));
  }

  /** Deletes a topic with everything in it. */
  public void deleteTopic(String topic) {
    state.change(() -> state.topics().delete(topic));
  }

  /**
   * Deletes a topic and creates it again: empty, with the same number of partitions and another
   * topic id.
   */
  public void recreateTopic(String topic) {
    state.change(() -> state.topics().recreate(topic));
  }

  /** Describes those topics that exist. */
  public Map<String, TopicDescription> describe(Collection<String> names) {
    return state.read(() -> state.topics().describe(names));
  }

  /**
   * Changes configs of a topic.
   *
   * @param changes by config: the value to set, or empty to remove it from the topic
   */
  public void alterConfigs(String topic, Map<String, Optional<String>> changes) {
    state.change(() -> state.topics().alterConfigs(topic, changes));
  }

  /** The names of all topics. */
  public List<String> topics() {
    return state.read(state.topics()::names);
  }

  // Records.

  /**
   * Appends a record with the time of this cluster's clock.
   *
   * @return its offset
   */
  public long append(TopicPartition partition, @Nullable String key, @Nullable String value) {
    return append(
        partition,
        ReplicationRecord.of(
            0, clock.millis(), utf8(key), utf8(value), EncodedRecords.noHeaders()));
  }

  /**
   * Appends a record; its own offset is ignored.
   *
   * @return its offset
   */
  public long append(TopicPartition partition, ReplicationRecord record) {
    return changeLog(partition, log -> log.append(record, null));
  }

  /**
   * Appends a whole batch of message format v2, which readers get unchanged except for its base
   * offset.
   *
   * @return the offset of its first record
   */
  public long appendEncoded(TopicPartition partition, ByteBuffer v2Batch) {
    return changeLog(partition, log -> log.appendEncoded(v2Batch));
  }

  /**
   * Skips this many offsets at the end, which leaves a hole as transaction markers, aborted records
   * and compaction do.
   */
  public void skip(TopicPartition partition, long offsets) {
    onLog(partition, log -> log.skip(offsets));
  }

  /**
   * Keeps the last stable offset where it is, as an open transaction does: readers see no later
   * records.
   */
  public void holdStableOffset(TopicPartition partition) {
    onLog(partition, InMemoryLog::holdStable);
  }

  /** Ends {@link #holdStableOffset}. */
  public void releaseStableOffset(TopicPartition partition) {
    onLog(partition, InMemoryLog::releaseStable);
  }

  /** Removes everything before an offset, as retention does. */
  public void truncateBefore(TopicPartition partition, long offset) {
    onLog(partition, log -> log.truncateBefore(offset));
  }

  /** Removes the record at an offset and leaves a hole, as compaction does. */
  public void compactAway(TopicPartition partition, long offset) {
    onLog(partition, log -> log.remove(offset));
  }

  /**
   * Truncates the log to an offset and loses what was at and after it, as an unclean leader
   * election does.
   */
  public void truncateAfter(TopicPartition partition, long offset) {
    onLog(partition, log -> log.truncateAfter(offset));
  }

  /** The records of a partition, with their offsets in it; encoded batches are decoded. */
  public List<ReplicationRecord> records(TopicPartition partition) {
    return state.read(() -> state.topics().log(partition).records());
  }

  /** The offsets of a route's records, in the order in which they were appended. */
  public List<OffsetRun> runs(Route route) {
    return state.read(() -> state.topics().log(route.target()).runs(route, 0));
  }

  /** The offset of the first record. */
  public long startOffset(TopicPartition partition) {
    return state.read(() -> state.topics().log(partition).start());
  }

  /** The offset that the next record gets. */
  public long endOffset(TopicPartition partition) {
    return state.read(() -> state.topics().log(partition).end());
  }

  // The cluster as a whole.

  /**
   * While unavailable, every call of a source or a sink and every write fails with a {@link
   * RetriableException}, and readers deliver no records and report that they are retrying.
   */
  public void unavailable(boolean now) {
    state.change(() -> state.unavailable(now));
  }

  /** The progress that a link stores here, also after it has closed. */
  public InMemoryProgress progress(String link) {
    return state.read(() -> state.progress(link));
  }

  /** Deletes the progress of a link, as deleting its state topic does. */
  public void forgetLink(String link) {
    state.change(() -> state.forgetLink(link));
  }

  /** The state that its sources and sinks share. */
  ClusterState state() {
    return state;
  }

  private long changeLog(TopicPartition partition, Function<InMemoryLog, Long> action) {
    return state.read(
        () -> {
          long answer = action.apply(state.topics().log(partition));
          state.changed().signalAll();
          return answer;
        });
  }

  private void onLog(TopicPartition partition, Consumer<InMemoryLog> action) {
    state.change(() -> action.accept(state.topics().log(partition)));
  }

  private static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return state.toString();
  }
}
