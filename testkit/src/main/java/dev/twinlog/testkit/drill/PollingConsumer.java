package dev.twinlog.testkit.drill;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer on a thread of its own, which commits after each poll. */
final class PollingConsumer {
  private static final Logger LOG = LoggerFactory.getLogger(PollingConsumer.class);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration COMMIT = Duration.ofSeconds(2);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Consumer<ConsumerRecord<byte[], byte[]>> processed;
  private final Thread thread;
  private volatile boolean stopping;

  private PollingConsumer(
      Map<String, Object> config,
      Set<String> topics,
      Consumer<ConsumerRecord<byte[], byte[]>> processed,
      String name) {
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.processed = processed;
    this.thread = new Thread(() -> run(topics), name);
    thread.setDaemon(true);
  }

  static AutoCloseable start(
      String group,
      Map<String, String> clientProperties,
      Set<String> topics,
      Consumer<ConsumerRecord<byte[], byte[]>> processed) {
    Map<String, Object> config = new HashMap<>(clientProperties);
    config.put("group.id", group);
    config.put("client.id", "drill-" + group);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    config.put("isolation.level", "read_committed");
    config.putIfAbsent(
        "session.timeout.ms", "10000"); // a member of a lost region is forgotten soon
    PollingConsumer started = new PollingConsumer(config, topics, processed, "drill-" + group);
    started.thread.start();
    return started::end;
  }

  private void run(Set<String> topics) {
    try {
      consumer.subscribe(topics);
      while (!stopping) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        records.forEach(processed);
        if (!records.isEmpty()) {
          commit();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("ended while it waited");
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }

  /** A commit that fails, as when the region is lost, leaves the records to be read again. */
  private void commit() {
    try {
      consumer.commitSync(COMMIT);
    } catch (WakeupException e) {
      throw e;
    } catch (KafkaException e) {
      LOG.info("group {} can't commit: {}", consumer.groupMetadata().groupId(), e.getMessage());
    }
  }

  private void end() throws InterruptedException {
    stopping = true;
    thread.join(CLOSE.toMillis());
    if (thread.isAlive()) {
      consumer.wakeup();
      thread.join();
    }
  }
}
