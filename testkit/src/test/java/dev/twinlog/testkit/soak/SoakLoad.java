package dev.twinlog.testkit.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes numbered records to all topics of the source, in bursts, until it is stopped; brokers that
 * die meanwhile only delay it. One thread writes to the plain topics, another one in transactions,
 * of which three in ten are aborted.
 */
final class SoakLoad implements AutoCloseable {
  private static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(400).toNanos();
  private static final int BACKLOG_SECONDS = 100;
  private static final int LONGEST_TRANSACTION = 30;
  private static final int ABORTED_OF_TEN = 3;

  private final SoakOptions options;
  private final Journal journal;
  private final Map<String, Object> config;
  private final LongAdder acknowledged = new LongAdder();
  private final long backlog;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;

  SoakLoad(SoakOptions options, Map<String, String> clientProperties, Journal journal) {
    this.options = options;
    this.journal = journal;
    this.backlog = options.oldDays() > 0 ? (long) options.rate() * BACKLOG_SECONDS : 0;
    this.config = new HashMap<>(clientProperties);
    config.put("acks", "all");
    config.put("linger.ms", "5");
    config.put("max.block.ms", Long.toString(Duration.ofMinutes(20).toMillis()));
    config.put("delivery.timeout.ms", Integer.toString((int) Duration.ofMinutes(20).toMillis()));
    config.put("request.timeout.ms", "5000");
    config.put("buffer.memory", Integer.toString(8 << 20));
    config.put("max.request.size", Integer.toString(1 << 20));
  }

  void start() {
    threads.add(new Thread(() -> watched(this::writePlain), "soak-load"));
    threads.add(new Thread(() -> watched(this::writeTransactions), "soak-transactions"));
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
  }

  /** How many records the source has acknowledged, those of aborted transactions left out. */
  long acknowledged() {
    return acknowledged.sum();
  }

  /**
   * Whether the backlog is written that must exist before the link starts: a large one if old
   * records are to be backfilled, else none.
   */
  boolean hasBacklog() {
    return acknowledged() >= backlog;
  }

  /** Ends the load; all records are acknowledged on return. */
  void stop() throws InterruptedException {
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() {
    over = true;
  }

  private void watched(Runnable writing) {
    try {
      writing.run();
    } catch (RuntimeException e) {
      journal.finding("the load failed: " + e);
    }
  }

  private void writePlain() {
    SplittableRandom random = new SplittableRandom(options.seed());
    Map<SoakTopic, Producer<byte[], byte[]>> producers = new EnumMap<>(SoakTopic.class);
    Map<SoakTopic, long[]> numbers = new EnumMap<>(SoakTopic.class);
    int partitions = 0;
    for (SoakTopic topic : SoakTopic.values()) {
      if (!topic.isTransactional()) {
        producers.put(topic, producer(topic, Map.of()));
        numbers.put(topic, new long[topic.partitions()]);
        partitions += topic.partitions();
      }
    }
    int each = Math.max(1, options.rate() / 5 / partitions);
    while (!over) {
      numbers.forEach(
          (topic, next) -> {
            Producer<byte[], byte[]> producer = producers.get(topic);
            for (int partition = 0; producer != null && partition < next.length; partition++) {
              for (int burst = random.nextInt(2 * each + 1); burst > 0; burst--) {
                sendPlain(producer, topic, partition, next[partition]++);
              }
            }
          });
      pause(random, LONGEST_PAUSE_NANOS);
    }
    producers.values().forEach(Producer::close);
  }

  private void sendPlain(
      Producer<byte[], byte[]> producer, SoakTopic topic, int partition, long number) {
    var unused =
        producer.send(
            SoakRecord.committed(topic.partition(partition), number, timestamp()),
            (metadata, refused) -> {
              if (refused == null) {
                acknowledged.increment();
              } else {
                journal.finding("the source refused a record of the load: " + refused);
              }
            });
  }

  private void writeTransactions() {
    SplittableRandom random = new SplittableRandom(options.seed() + 1);
    SoakTopic topic = SoakTopic.TRANSACTIONS;
    long[] next = new long[topic.partitions()];
    try (Producer<byte[], byte[]> producer =
        producer(topic, Map.of("transactional.id", "soak-load"))) {
      producer.initTransactions();
      while (!over) {
        boolean commit = random.nextInt(10) >= ABORTED_OF_TEN;
        int records = 1 + random.nextInt(LONGEST_TRANSACTION);
        long[] numbers = next.clone();
        producer.beginTransaction();
        for (int i = 0; i < records; i++) {
          int partition = random.nextInt(numbers.length);
          long number = numbers[partition]++;
          var unused =
              producer.send(
                  commit
                      ? SoakRecord.committed(topic.partition(partition), number, timestamp())
                      : SoakRecord.aborted(topic.partition(partition), number, timestamp()));
        }
        if (commit) {
          producer.commitTransaction();
          acknowledged.add(records);
          next = numbers;
        } else {
          producer.abortTransaction();
        }
        pause(random, LONGEST_PAUSE_NANOS / 2);
      }
    }
  }

  private void pause(SplittableRandom random, long longestNanos) {
    if (hasBacklog()) {
      LockSupport.parkNanos(random.nextLong(longestNanos));
    }
  }

  private long timestamp() {
    return System.currentTimeMillis() - Duration.ofDays(options.oldDays()).toMillis();
  }

  private Producer<byte[], byte[]> producer(SoakTopic topic, Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(config);
    settings.put("compression.type", topic.codec());
    settings.put("client.id", "soak-load-" + topic.topic());
    settings.putAll(more);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
