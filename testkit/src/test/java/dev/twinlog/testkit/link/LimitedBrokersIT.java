package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** Clusters whose brokers keep no fetch sessions. */
@TwinClusters(config = "max.incremental.fetch.session.cache.slots=0")
final class LimitedBrokersIT {
  private static final int PARTITIONS = 8;
  private static final int RECORDS = 500;

  @Test
  void aSourceWithoutFetchSessions_isReadEvenly(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    twin.source().createTopic(orders, PARTITIONS);
    KafkaTopics source = KafkaTopics.of(twin.source());
    for (int partition = 0; partition < PARTITIONS; partition++) {
      source.send(kilobytes(orders, partition));
    }
    // an answer holds a few batches of one partition
    KafkaSource narrow =
        KafkaSource.from(Links.cluster("us-east", twin.source()))
            .path(Links.path())
            .topics(TopicSelector.named(orders))
            .property("fetch.max.bytes", "20000")
            .property("max.partition.fetch.bytes", "20000")
            .property("max.poll.records", "50")
            .build();
    AtomicInteger[] read =
        IntStream.range(0, PARTITIONS)
            .mapToObj(partition -> new AtomicInteger())
            .toArray(AtomicInteger[]::new);
    Set<Integer> begunWhenTheFirstEnded = ConcurrentHashMap.newKeySet();
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), orders)
            .source(narrow)
            .lanes(1)
            .transform(
                one -> {
                  int number = read[Objects.requireNonNull(one.key())[0]].incrementAndGet();
                  if (number == RECORDS && begunWhenTheFirstEnded.isEmpty()) {
                    IntStream.range(0, PARTITIONS)
                        .filter(partition -> read[partition].get() > 0)
                        .forEach(begunWhenTheFirstEnded::add);
                  }
                  return Optional.of(one);
                })
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
    assertThat(begunWhenTheFirstEnded).hasSize(PARTITIONS);
    MirrorAssertions.assertMirrored(twin.source(), twin.target(), orders);
  }

  /** Their keys are the partition's number. */
  private static List<ProducerRecord<byte[], byte[]>> kilobytes(String topic, int partition) {
    return IntStream.range(0, RECORDS)
        .mapToObj(
            i -> {
              byte[] value = Arrays.copyOf(Links.bytes("value-" + i), 1_000);
              return new ProducerRecord<>(topic, partition, new byte[] {(byte) partition}, value);
            })
        .toList();
  }
}
