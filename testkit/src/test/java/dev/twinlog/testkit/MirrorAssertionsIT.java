package dev.twinlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which differences between two topics a {@link MirrorComparison} finds. */
@TwinClusters
final class MirrorAssertionsIT {
  private TwinKafka twin;
  private String topic;
  private String copy;

  @BeforeEach
  void createTopics(TwinKafka given) {
    twin = given;
    topic = twin.topic("orders");
    copy = twin.topic("us-east.orders");
    twin.source().createTopic(topic, 2);
    twin.target().createTopic(copy, 2);
    KafkaTopics.of(twin.source()).send(records(topic));
  }

  @Test
  void anExactCopyPasses() {
    fill(records(copy));
    MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), copy);
    assertThat(report())
        .hasToString(
            "copied 20 of 20, lost 0, duplicated 0, out of order 0, altered 0, unexpected 0");
    assertThat(report().isExact()).isTrue();
    assertThat(report().examples()).isEmpty();
  }

  @Test
  void aLostRecordIsShown() {
    List<ProducerRecord<byte[], byte[]>> records = records(copy);
    records.remove(3);
    fill(records);
    assertThat(report().lost()).isEqualTo(1);
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(
            () -> MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), copy))
        .withMessageContaining(topic + " -> " + copy + ": copied 19 of 20, lost 1, duplicated 0")
        .withMessageContaining(
            "lost: "
                + topic
                + "-1@1 {key \"k3\", value \"v3\", headers [trace=\"3\"], timestamp 1000003}");
  }

  @Test
  void aDuplicateIsShown() {
    List<ProducerRecord<byte[], byte[]>> records = records(copy);
    records.add(5, records.get(4));
    fill(records);
    assertThat(report().duplicated()).isEqualTo(1);
    assertThat(report().targetRecords()).isEqualTo(21);
    assertThat(report().examples())
        .singleElement()
        .asString()
        .startsWith("duplicated: " + copy + "-0@3 {key \"k4\"");
  }

  @Test
  void aChangedOrderIsShown() {
    List<ProducerRecord<byte[], byte[]>> records = records(copy);
    Collections.swap(records, 4, 6);
    fill(records);
    assertThat(report().outOfOrder()).isEqualTo(1);
    assertThat(report().copied()).isEqualTo(20);
    assertThat(report().isExact()).isFalse();
  }

  @Test
  void anAlteredRecordIsShownWithBothSides() {
    List<ProducerRecord<byte[], byte[]>> records = records(copy);
    records.set(7, record(copy, 7, bytes("k7"), bytes("other"), 1_000_007L));
    records.set(8, record(copy, 8, bytes("k8"), bytes("v8"), 5L));
    fill(records);
    assertThat(report().altered()).isEqualTo(2);
    assertThat(report().examples())
        .anyMatch(
            example ->
                example.startsWith("altered: " + topic + "-1@3 {key \"k7\", value \"v7\"")
                    && example.contains(" is " + copy + "-1@3 {key \"k7\", value \"other\""));
    MirrorReport relaxed = comparison().ignoreTimestamps().report();
    assertThat(relaxed.altered()).isEqualTo(1);
  }

  @Test
  void abortedRecordsCountOnlyForUncommittedReaders() {
    KafkaTopics.of(twin.source()).sendAborted(List.of(record(topic, 0, null, bytes("gone"), 1L)));
    fill(records(copy));
    assertThat(report().isExact()).isTrue();
    assertThat(comparison().readUncommitted().report().lost()).isEqualTo(1);
  }

  @Test
  void aTopicThatDoesNotExistIsNamed() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> MirrorAssertions.assertMirrored(twin.source(), topic, twin.target(), "no-such"))
        .withMessageContaining("no-such");
    assertThatIllegalStateException()
        .isThrownBy(() -> MirrorComparison.between(Map.of(), Map.of()).report())
        .withMessageContaining("topic(");
  }

  private MirrorComparison comparison() {
    return MirrorComparison.between(twin.source(), twin.target()).topic(topic, copy);
  }

  private MirrorReport report() {
    return comparison().report();
  }

  private void fill(List<ProducerRecord<byte[], byte[]>> records) {
    KafkaTopics.of(twin.target()).send(records);
  }

  private static List<ProducerRecord<byte[], byte[]>> records(String topic) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    records.add(record(topic, 0, null, bytes("no key"), 1_000_000L));
    records.add(record(topic, 1, bytes("tombstone"), null, 1_000_001L));
    records.add(record(topic, 2, bytes(""), bytes(""), 1_000_002L));
    for (int i = 3; i < 20; i++) {
      records.add(record(topic, i, bytes("k" + i), bytes("v" + i), 1_000_000L + i));
    }
    return records;
  }

  private static ProducerRecord<byte[], byte[]> record(
      String topic, int i, byte[] key, byte[] value, long timestamp) {
    Header trace = new RecordHeader("trace", bytes(Integer.toString(i)));
    return new ProducerRecord<>(topic, i % 2, timestamp, key, value, List.of(trace));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
