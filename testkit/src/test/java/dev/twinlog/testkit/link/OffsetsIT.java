package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Offsets;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests the translation of every offset of a real copy. With {@code
 * -Dtwinlog.offsets.records=1000000} it translates the million that the README mentions, in some
 * minutes; fewer in the build.
 */
@TwinClusters
@Timeout(900)
@Tag("long-on-records")
final class OffsetsIT {
  private static final int RECORDS = Integer.getInteger("twinlog.offsets.records", 30_000);
  private static final int PARTITIONS = 2;
  private static final int KEYS = 50;

  private final Random random = new Random(7);
  private long written;

  @Test
  @Tag("long")
  void everyOffsetOfTransactions_translatesExactly_bothWays(TwinKafka twin) throws Exception {
    String topic = twin.topic("payments");
    String compacted = twin.topic("accounts");
    String link = Links.newName();
    KafkaTopics.of(twin.source()).create(topic, PARTITIONS, Map.of());
    KafkaTopics.of(twin.source()).create(compacted, 1, Map.of("cleanup.policy", "compact"));
    Offsets live;
    try (Producer<byte[], byte[]> producer = producer(twin)) {
      for (int run = 1; run <= 2; run++) {
        transactions(producer, topic, compacted, (long) RECORDS * run / 2);
        try (Replicator replicator =
            Links.link(twin.source(), twin.target(), topic, compacted).link(link).build()) {
          replicator.start();
          transactions(producer, topic, compacted, (long) RECORDS * run / 2 + RECORDS / 10);
          Links.awaitCaughtUp(replicator);
        }
      }
      try (Replicator replicator =
          Links.link(twin.source(), twin.target(), topic, compacted).link(link).build()) {
        replicator.start();
        Links.awaitCaughtUp(replicator);
        live = replicator.offsets();
        check(twin, topic, live);
      }
    }
    check(twin, topic, KafkaLinks.openOffsets(Links.cluster("eu-west", twin.target()), link));
  }

  private void check(TwinKafka twin, String topic, Offsets offsets) {
    Map<TopicPartition, NavigableMap<Long, Long>> source = numbers(twin, topic, true);
    Map<TopicPartition, NavigableMap<Long, Long>> target = numbers(twin, topic, false);
    Map<TopicPartition, Long> ends = KafkaTopics.of(twin.source()).ends(topic);
    long asked = 0;
    long readAgain = 0;
    for (TopicPartition partition : source.keySet()) {
      NavigableMap<Long, Long> numberAt = source.get(partition);
      NavigableMap<Long, Long> copyAt = target.get(partition);
      Map<Long, Long> sourceOf = inverse(numberAt);
      Map<Long, Long> targetOf = inverse(copyAt);
      for (long offset = 0; offset <= ends.get(partition); offset++) {
        Map.Entry<Long, Long> next = numberAt.ceilingEntry(offset);
        long right =
            next == null ? copyAt.lastKey() + 1 : targetOf.get(next.getValue()).longValue();
        long given = exact(offsets.toTarget(partition, offset), partition, offset);
        assertThat(given).as("%s@%d in the target", partition, offset).isEqualTo(right);
        readAgain += copyAt.subMap(given, right).size();
        asked++;
      }
      for (long offset = 0; offset <= copyAt.lastKey(); offset++) {
        long right = sourceOf.get(copyAt.ceilingEntry(offset).getValue());
        long given = exact(offsets.toSource(partition, offset), partition, offset);
        assertThat(given).as("%s@%d in the source", partition, offset).isEqualTo(right);
        asked++;
      }
    }
    System.out.printf(
        "%,d offsets of %,d records translated, all exactly; read again: %d%n",
        asked, source.values().stream().mapToInt(Map::size).sum(), readAgain);
    assertThat(readAgain).isZero();
  }

  private static long exact(Translation found, TopicPartition partition, long offset) {
    assertThat(found).as("%s@%d", partition, offset).isInstanceOf(Exact.class);
    return ((Exact) found).offset();
  }

  /** The number of each record by its offset, as a reader of committed records sees them. */
  private static Map<TopicPartition, NavigableMap<Long, Long>> numbers(
      TwinKafka twin, String topic, boolean source) {
    Map<TopicPartition, NavigableMap<Long, Long>> numbers = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record :
        KafkaTopics.of(source ? twin.source() : twin.target()).read(topic)) {
      numbers
          .computeIfAbsent(new TopicPartition(topic, record.partition()), p -> new TreeMap<>())
          .put(record.offset(), ByteBuffer.wrap(record.value()).getLong());
    }
    assertThat(numbers).hasSize(PARTITIONS);
    return numbers;
  }

  private static Map<Long, Long> inverse(Map<Long, Long> offsetsToNumbers) {
    Map<Long, Long> inverse = new HashMap<>();
    offsetsToNumbers.forEach((offset, number) -> inverse.put(number, offset));
    assertThat(inverse).as("each number once").hasSameSizeAs(offsetsToNumbers);
    return inverse;
  }

  /** Transactions of every size, of which three in ten are aborted. */
  private void transactions(
      Producer<byte[], byte[]> producer, String topic, String compacted, long upTo) {
    while (written < upTo) {
      producer.beginTransaction();
      for (int left = 1 + random.nextInt(60); left > 0; left--) {
        byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(written).array();
        var unused =
            producer.send(new ProducerRecord<>(topic, (int) (written % PARTITIONS), null, number));
        if (random.nextInt(10) == 0) {
          byte[] key = {(byte) random.nextInt(KEYS)};
          var unusedToo = producer.send(new ProducerRecord<>(compacted, 0, key, number));
        }
        written++;
      }
      if (random.nextInt(10) < 3) {
        producer.flush(); // an unsent record would be dropped by the abort
        producer.abortTransaction();
      } else {
        producer.commitTransaction();
      }
    }
  }

  private static Producer<byte[], byte[]> producer(TwinKafka twin) {
    Map<String, Object> config = new HashMap<>(twin.source().clientProperties());
    config.put("transactional.id", twin.topic("payments-service"));
    Producer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }
}
