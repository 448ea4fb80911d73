package dev.twinlog.benchmarks.moves;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The same records for every tool: a plain topic, one of transactions of which a third is aborted,
 * and one with holes from compaction. Every record has a value of its own.
 */
final class MoveLoad {
  static final String PLAIN = "plain";
  static final String PAYMENTS = "payments";
  static final String ACCOUNTS = "accounts";
  static final List<String> TOPICS = List.of(PLAIN, PAYMENTS, ACCOUNTS);

  private static final int KEYS = 300;
  private static final int TRANSACTION = 20;
  private static final int LIMIT_SECONDS = 120;

  private final Random random = new Random(20_261_130);
  private final KafkaTopics source;
  private final int records;
  private long minute = System.currentTimeMillis() - 86_400_000;
  private int number;

  /**
   * For one cluster.
   *
   * @param records how many the plain topic gets in all; the others get fewer
   */
  MoveLoad(TestKafka source, int records) {
    this.source = KafkaTopics.of(source);
    this.records = records;
  }

  /** Creates the topics in both clusters, and fills them by half. */
  void begin(TestKafka target) throws InterruptedException {
    for (KafkaTopics in : List.of(source, KafkaTopics.of(target))) {
      in.create(PLAIN, 2, Map.of());
      in.create(PAYMENTS, 2, Map.of());
    }
    source.create(
        ACCOUNTS,
        1,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "min.cleanable.dirty.ratio", "0.01"));
    KafkaTopics.of(target).create(ACCOUNTS, 1, Map.of());
    sendCompacted();
    send(records / 2);
  }

  /** Sends the other half, in some seconds. */
  void more(int seconds) throws InterruptedException {
    for (int i = 0; i < seconds; i++) {
      send(records / 2 / seconds);
      List<ProducerRecord<byte[], byte[]>> accounts = new ArrayList<>();
      for (int key = 0; key < KEYS / seconds; key++) {
        accounts.add(compacted("new-%d-%d".formatted(i, key)));
      }
      source.send(accounts);
      TimeUnit.SECONDS.sleep(1);
    }
  }

  private void send(int count) {
    List<ProducerRecord<byte[], byte[]>> plain = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      plain.add(new ProducerRecord<>(PLAIN, random.nextInt(2), null, unique()));
    }
    source.send(plain);
    for (int i = 0; i < count / TRANSACTION; i++) {
      List<ProducerRecord<byte[], byte[]>> transaction = new ArrayList<>();
      for (int left = 1 + random.nextInt(TRANSACTION); left > 0; left--) {
        transaction.add(new ProducerRecord<>(PAYMENTS, random.nextInt(2), null, unique()));
      }
      if (i % 3 == 1) {
        source.sendAborted(transaction);
      } else {
        source.sendCommitted(transaction);
      }
    }
  }

  private void sendCompacted() throws InterruptedException {
    for (int round = 0; round < 5; round++) {
      minute += 60_000;
      List<ProducerRecord<byte[], byte[]>> accounts = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        if (round == 0 || random.nextInt(3) == 0) {
          accounts.add(compacted("key-" + key));
        }
      }
      source.send(accounts);
    }
    minute += 60_000;
    source.send(List.of(compacted("roll")));
    for (int i = 0; source.read(ACCOUNTS).size() != KEYS + 1; i++) {
      if (i > LIMIT_SECONDS) {
        throw new IllegalStateException(ACCOUNTS + " is not compacted");
      }
      TimeUnit.SECONDS.sleep(1);
    }
  }

  private ProducerRecord<byte[], byte[]> compacted(String key) {
    return new ProducerRecord<>(
        ACCOUNTS, 0, minute, key.getBytes(StandardCharsets.UTF_8), unique());
  }

  private byte[] unique() {
    return ("id-" + number++).getBytes(StandardCharsets.UTF_8);
  }
}
