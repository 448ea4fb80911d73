package dev.twinlog.testkit.quickstart;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group that reads a topic in the source, moves to the target, and reads on there. It
 * counts what it reads: each record of the topic must be read once.
 *
 * <p>Its consumer runs on a thread of its own; the methods are confined to one thread.
 */
final class MovingGroup implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final String id;
  private final String topic;
  private final List<TopicPartition> partitions;
  private final Stretch inSource = new Stretch();
  private final Stretch inTarget = new Stretch();
  private @Nullable Reader reader;

  /**
   * What the group reads in one cluster. Written by the consumer's thread, read when that ended.
   */
  private static final class Stretch {
    final Map<TopicPartition, Long> counts = new HashMap<>();
    final Map<TopicPartition, ConsumerRecord<byte[], byte[]>> first = new HashMap<>();

    long records() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    long count(TopicPartition partition) {
      return counts.getOrDefault(partition, 0L);
    }

    void add(ConsumerRecord<byte[], byte[]> read) {
      TopicPartition partition = new TopicPartition(read.topic(), read.partition());
      counts.merge(partition, 1L, Long::sum);
      first.putIfAbsent(partition, read);
    }
  }

  /**
   * What has become of the group.
   *
   * @param inSource how many records it read in the source
   * @param inTarget how many it read in the target
   * @param twice how many it read in both
   * @param skipped how many it read in neither
   * @param continued whether the first record of each partition in the target was the next one
   */
  record Result(long inSource, long inTarget, long twice, long skipped, boolean continued) {

    /** Whether each record was read once. */
    boolean isExact() {
      return twice == 0 && skipped == 0 && continued;
    }
  }

  /** A consumer of the group, which polls until it is stopped. */
  private final class Reader {
    private final Consumer<byte[], byte[]> consumer;
    private final Stretch stretch;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private final Thread thread = new Thread(this::run, "quickstart-group");
    private volatile boolean stopping;
    private volatile @Nullable Map<TopicPartition, Long> ends;

    Reader(Map<String, String> clientProperties, Stretch stretch) {
      this.consumer = consumer(clientProperties, id);
      this.stretch = stretch;
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try (consumer) {
        consumer.subscribe(List.of(topic));
        while (!stopping && !hasReached(ends)) {
          consumer.poll(POLL).forEach(stretch::add);
        }
        consumer.commitSync();
      } catch (WakeupException e) {
        // the quick start ends early
      } catch (RuntimeException e) {
        failure.set(e);
      }
    }

    private boolean hasReached(@Nullable Map<TopicPartition, Long> wanted) {
      Collection<TopicPartition> mine = consumer.assignment();
      return wanted != null
          && mine.containsAll(wanted.keySet())
          && wanted.entrySet().stream()
              .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    void join() throws InterruptedException {
      thread.join();
      RuntimeException cause = failure.get();
      if (cause != null) {
        throw new IllegalStateException(
            "the consumer of group %s failed: %s".formatted(id, cause.getMessage()), cause);
      }
    }
  }

  MovingGroup(String id, String topic, int partitions) {
    this.id = id;
    this.topic = topic;
    this.partitions =
        IntStream.range(0, partitions)
            .mapToObj(number -> new TopicPartition(topic, number))
            .toList();
  }

  String id() {
    return id;
  }

  /** Begins to read in the source. */
  void readInSource(Map<String, String> clientProperties) {
    reader = new Reader(clientProperties, inSource);
  }

  /** Commits, and leaves the source. */
  long leaveSource() throws InterruptedException {
    Reader current = Objects.requireNonNull(reader, "reads in the source");
    current.stopping = true;
    current.join();
    return inSource.records();
  }

  /** Continues in the target. */
  void readInTarget(Map<String, String> clientProperties) {
    reader = new Reader(clientProperties, inTarget);
  }

  /** Reads all that is in the target, to which nothing is added any more. */
  long finish(Map<String, String> clientProperties) throws InterruptedException {
    Reader current = Objects.requireNonNull(reader, "reads in the target");
    try (Consumer<byte[], byte[]> asking = consumer(clientProperties, null)) {
      current.ends = asking.endOffsets(partitions);
    }
    current.join();
    return inTarget.records();
  }

  /**
   * Compares what was read with the topic in the source, which is neither compacted nor trimmed.
   */
  Result compare(Map<String, String> clientProperties) {
    long twice = 0;
    long skipped = 0;
    List<TopicPartition> wrong = new ArrayList<>();
    try (Consumer<byte[], byte[]> source = consumer(clientProperties, null)) {
      Map<TopicPartition, Long> ends = source.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        long all = ends.getOrDefault(partition, 0L);
        long read = inSource.count(partition) + inTarget.count(partition);
        twice += Math.max(0, read - all);
        skipped += Math.max(0, all - read);
        ConsumerRecord<byte[], byte[]> first = inTarget.first.get(partition);
        if (first != null && !isAt(source, partition, inSource.count(partition), first)) {
          wrong.add(partition);
        }
      }
    }
    return new Result(inSource.records(), inTarget.records(), twice, skipped, wrong.isEmpty());
  }

  /** Whether the source has the same record at this offset. */
  private static boolean isAt(
      Consumer<byte[], byte[]> source,
      TopicPartition partition,
      long offset,
      ConsumerRecord<byte[], byte[]> read) {
    source.assign(List.of(partition));
    source.seek(partition, offset);
    for (ConsumerRecord<byte[], byte[]> next : source.poll(Duration.ofSeconds(10))) {
      return next.offset() == offset
          && next.timestamp() == read.timestamp()
          && Arrays.equals(next.key(), read.key())
          && Arrays.equals(next.value(), read.value());
    }
    return false;
  }

  @Override
  public void close() {
    Reader current = reader;
    if (current != null && current.thread.isAlive()) {
      current.stopping = true;
      current.consumer.wakeup();
    }
  }

  private static Consumer<byte[], byte[]> consumer(
      Map<String, String> clientProperties, @Nullable String group) {
    Map<String, Object> config = new HashMap<>(clientProperties);
    config.put("client.id", "quickstart-group");
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    if (group != null) {
      config.put("group.id", group);
    }
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
