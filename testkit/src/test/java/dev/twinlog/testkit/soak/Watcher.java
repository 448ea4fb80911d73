package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the target while the soak runs and reports violations at once, when the faults that caused
 * them are the last ones in the journal. {@link FinalCheck} decides the result.
 */
final class Watcher implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration RETRY = Duration.ofMillis(200);
  private static final int POLLS_OF_SOME = 5;

  private final Map<String, Object> config;
  private final Journal journal;
  private final Map<TopicPartition, Seen> partitions = new HashMap<>();
  private final AtomicLong seen = new AtomicLong();
  private final Thread thread = new Thread(this::run, "soak-watcher");
  private volatile boolean over;

  Watcher(SoakOptions options, Map<String, String> clientProperties, Journal journal) {
    this.journal = journal;
    this.config = new HashMap<>(clientProperties);
    config.put("isolation.level", SoakIsolation.of(options.path()).level());
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "none");
    config.put("request.timeout.ms", "5000");
    config.put("allow.auto.create.topics", "false");
    for (SoakTopic topic : SoakTopic.values()) {
      for (int number = 0; number < topic.partitions(); number++) {
        partitions.put(
            topic.partition(number), new Seen(topic.isCompacted(), options.atLeastOnce()));
      }
    }
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** How many records it has read so far. */
  long seen() {
    return seen.get();
  }

  /** How many records of the compacted topic were read twice. */
  long repeatedInCompacted() {
    return partitions.values().stream().filter(Seen::isCompacted).mapToLong(Seen::repeated).sum();
  }

  @Override
  public void close() {
    over = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!over) {
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        consumer.assign(existing(consumer));
        for (TopicPartition partition : consumer.assignment()) {
          consumer.seek(partition, seenOf(partition).position());
        }
        boolean all = consumer.assignment().size() == partitions.size();
        for (int polls = 0;
            !over && !consumer.assignment().isEmpty() && (all || polls < POLLS_OF_SOME);
            polls++) {
          consumer.poll(POLL).forEach(this::read);
        }
      } catch (KafkaException e) {
        if (!over) {
          journal.note("the watcher starts again after " + e);
          LockSupport.parkNanos(RETRY.toNanos());
        }
      }
    }
  }

  /** The partitions that exist: the link creates the topics one after the other. */
  private List<TopicPartition> existing(KafkaConsumer<byte[], byte[]> consumer) {
    var topics = consumer.listTopics();
    List<TopicPartition> there = new ArrayList<>();
    for (TopicPartition partition : partitions.keySet()) {
      var infos = topics.get(partition.topic());
      if (infos != null
          && infos.stream().anyMatch(info -> info.partition() == partition.partition())) {
        there.add(partition);
      }
    }
    if (there.isEmpty()) {
      LockSupport.parkNanos(RETRY.toNanos());
    }
    return there;
  }

  private Seen seenOf(TopicPartition partition) {
    Seen found = partitions.get(partition);
    if (found == null) {
      throw new IllegalArgumentException("no partition of the load: " + partition);
    }
    return found;
  }

  private void read(ConsumerRecord<byte[], byte[]> one) {
    Seen partition = seenOf(new TopicPartition(one.topic(), one.partition()));
    seen.incrementAndGet();
    String problem = partition.read(one);
    if (problem != null) {
      journal.finding(
          "in the target at "
              + one.topic()
              + "-"
              + one.partition()
              + "@"
              + one.offset()
              + ": "
              + problem);
    }
  }
}
