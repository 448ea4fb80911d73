package dev.twinlog.testkit;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TopicDescription;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Headers;
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
  private final String id;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final InMemoryTopics topics = new InMemoryTopics();
  private final Map<String, InMemoryProgress> progress = new TreeMap<>();
  private final Map<Route, Object> owners = new HashMap<>();
  private boolean unavailable;

  private InMemoryCluster(String id, Clock clock) {
    this.id = id;
    this.clock = clock;
  }

  /** An empty cluster with this id and the machine's time. */
  public static InMemoryCluster create(String id) {
    return create(id, Clock.systemUTC());
  }

  /** An empty cluster with this id; {@code clock} stamps records that bring no timestamp. */
  public static InMemoryCluster create(String id, Clock clock) {
    return new InMemoryCluster(id, clock);
  }

  /** Its id. */
  public String id() {
    return id;
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
    change(() -> topics.create(wanted));
  }

  /** Adds partitions until there are so many; never removes any. */
  public void addPartitions(String topic, int partitions) {
    change(() -> topics.grow(topic, partitions));
  }

  /** Deletes a topic with everything in it. */
  public void deleteTopic(String topic) {
    change(() -> topics.delete(topic));
  }

  /** Deletes a topic and creates it again, empty, with as many partitions and another id. */
  public void recreateTopic(String topic) {
    change(() -> topics.recreate(topic));
  }

  /** Describes those topics that exist. */
  public Map<String, TopicDescription> describe(Collection<String> names) {
    return read(() -> topics.describe(names));
  }

  /** The names of all topics. */
  public List<String> topics() {
    return read(topics::names);
  }

  // Records.

  /**
   * Appends a record with the time of this cluster's clock.
   *
   * @return its offset
   */
  public long append(TopicPartition partition, @Nullable String key, @Nullable String value) {
    return append(
        partition, ReplicationRecord.of(0, clock.millis(), utf8(key), utf8(value), noHeaders()));
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

  /** Makes a hole at the end, as transaction markers, aborted data and compaction do. */
  public void skip(TopicPartition partition, long offsets) {
    onLog(partition, log -> log.skip(offsets));
  }

  /** Stops the last stable offset, as an open transaction does: readers see no later records. */
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

  /** Loses everything at and after an offset, as an unclean leader election does. */
  public void truncateAfter(TopicPartition partition, long offset) {
    onLog(partition, log -> log.truncateAfter(offset));
  }

  /** The records of a partition, with its offsets; encoded batches are decoded. */
  public List<ReplicationRecord> records(TopicPartition partition) {
    return read(() -> topics.log(partition).records());
  }

  /** The offsets of a route's records, in the order in which they were appended. */
  public List<OffsetRun> runs(Route route) {
    return read(() -> topics.log(route.target()).runs(route, 0));
  }

  /** The offset of the first record. */
  public long startOffset(TopicPartition partition) {
    return read(() -> topics.log(partition).start());
  }

  /** The offset that the next record gets. */
  public long endOffset(TopicPartition partition) {
    return read(() -> topics.log(partition).end());
  }

  // The cluster as a whole.

  /**
   * While unavailable, every call of a source or a sink and every write fails with a {@link
   * RetriableException}, and readers deliver nothing but that they are retrying.
   */
  public void unavailable(boolean now) {
    change(() -> unavailable = now);
  }

  /** The progress that a link stores here, also after it has closed. */
  public InMemoryProgress progress(String link) {
    return read(() -> progress.computeIfAbsent(link, name -> InMemoryProgress.create()));
  }

  /** Deletes the progress of a link, as the deletion of its state topic does. */
  public void forgetLink(String link) {
    change(() -> progress.remove(link));
  }

  /** The progress of all links. */
  List<InMemoryProgress> allProgress() {
    return read(() -> List.copyOf(progress.values()));
  }

  // For the parts of this package: everything below is called under the lock.

  boolean isUnavailable() {
    return unavailable;
  }

  void checkAvailable() {
    if (unavailable) {
      throw new RetriableException("cluster " + id + " is unavailable");
    }
  }

  InMemoryTopics allTopics() {
    return topics;
  }

  @Nullable Uuid topicId(String topic) {
    return topics.id(topic);
  }

  @Nullable InMemoryLog findLog(TopicPartition partition) {
    return topics.find(partition);
  }

  /** Which writer may write a route: the one that recovered it last, or any if none did. */
  Map<Route, Object> owners() {
    return owners;
  }

  Condition changed() {
    return changed;
  }

  <T extends @Nullable Object> T read(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }

  void change(Runnable action) {
    lock.lock();
    try {
      action.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private long changeLog(TopicPartition partition, Function<InMemoryLog, Long> action) {
    return read(
        () -> {
          long answer = action.apply(topics.log(partition));
          changed.signalAll();
          return answer;
        });
  }

  private void onLog(TopicPartition partition, Consumer<InMemoryLog> action) {
    change(() -> action.accept(topics.log(partition)));
  }

  private static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  /** The one way to Kafka's own headers that is public API. */
  static Headers noHeaders() {
    return new ProducerRecord<byte[], byte[]>("any", new byte[0]).headers();
  }

  @Override
  public String toString() {
    return "in-memory cluster " + id;
  }
}
