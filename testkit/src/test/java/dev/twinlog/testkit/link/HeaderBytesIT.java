package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests the copy of header keys that are not UTF-8, which Kafka's clients can't write. */
@TwinClusters
@Tag("long-on-records")
final class HeaderBytesIT {
  private static final byte[] ODD = {(byte) 0xff, (byte) 0xfe, 'x'};

  @Test
  void headerKeysAreTheSameBytes_orTheTopicIsNoted(TwinKafka twin) throws Exception {
    String stamped = twin.topic("stamped");
    KafkaTopics.of(twin.source())
        .create(stamped, 1, Map.of("message.timestamp.type", "LogAppendTime"));
    List<ReplicationRecord> records = records(200);
    put(twin.source(), stamped, records);
    Queue<String> noted = new ConcurrentLinkedQueue<>();
    ReplicatorStatus status;
    try (Replicator replicator =
        Links.link(twin.source(), twin.target(), stamped)
            .onEvent(
                new ReplicationListener() {
                  @Override
                  public void noted(String topic, String note) {
                    noted.add(topic + ": " + note);
                  }
                })
            .build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      status = replicator.status();
    }
    if (Links.path() == DataPath.RECORDS) {
      assertThat(status.notes().get(stamped)).anyMatch(note -> note.contains("U+FFFD"));
      assertThat(noted).filteredOn(note -> note.contains("U+FFFD")).hasSize(1);
      return;
    }
    assertThat(status.handling()).containsKey(BatchHandling.LOG_APPEND_TIME);
    assertThat(noted).noneMatch(note -> note.contains("U+FFFD"));
    List<ReplicationRecord> copied = take(twin.target(), stamped);
    assertThat(copied).hasSameSizeAs(records);
    for (int i = 0; i < copied.size(); i++) {
      assertSame(copied.get(i).headers().toArray(), records.get(i).headers().toArray());
    }
  }

  private static void assertSame(Header[] actual, Header[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(RawHeader.rawKeyOf(actual[i])).isEqualTo(RawHeader.rawKeyOf(expected[i]));
      assertThat(actual[i].value()).isEqualTo(expected[i].value());
    }
  }

  private static List<ReplicationRecord> records(int count) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Headers headers = new ProducerRecord<>("any", new byte[0]).headers();
      headers.add(RawHeader.of(ODD, null)).add("trace", new byte[] {(byte) i}).add("", new byte[0]);
      headers.add(RawHeader.of(new byte[] {(byte) (0x80 + i % 64)}, ODD)).add("trace", ODD);
      records.add(ReplicationRecord.of(i, 1_000 + i, null, new byte[] {(byte) i}, headers));
    }
    return records;
  }

  private static void put(TestKafka kafka, String topic, List<ReplicationRecord> records)
      throws InterruptedException {
    InMemoryCluster memory = InMemoryCluster.create("before");
    memory.createTopic(topic, 1);
    records.forEach(record -> memory.append(new TopicPartition(topic, 0), record));
    copy(
        Replicator.builder()
            .link(Links.newName())
            .source(InMemorySource.from(memory))
            .sink(KafkaSink.to(Links.cluster("us-east", kafka)).path(DataPath.BATCHES).build()));
  }

  private static List<ReplicationRecord> take(TestKafka kafka, String topic)
      throws InterruptedException {
    InMemoryCluster memory = InMemoryCluster.create("behind");
    copy(
        Replicator.builder()
            .link(Links.newName())
            .source(
                KafkaSource.from(Links.cluster("eu-west", kafka))
                    .topics(TopicSelector.named(topic))
                    .path(DataPath.BATCHES)
                    .build())
            .sink(InMemorySink.to(memory)));
    return memory.records(new TopicPartition(topic, 0));
  }

  private static void copy(Replicator.Builder builder) throws InterruptedException {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
    }
  }
}
