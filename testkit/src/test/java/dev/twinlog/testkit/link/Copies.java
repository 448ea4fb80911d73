package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Creates distinct records, and reads and compares the copies of them. */
final class Copies {
  private Copies() {}

  /** Records with the numbers from (inclusive) to (exclusive), all to one partition. */
  static List<ProducerRecord<byte[], byte[]>> numbered(
      String topic, int partition, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(
            i ->
                new ProducerRecord<>(
                    topic, partition, Links.bytes("key-" + i), Links.bytes("value-" + i)))
        .toList();
  }

  /** The values of one partition, in order; of large ones the first characters. */
  static List<String> values(TestKafka kafka, String topic, int partition) {
    return values(KafkaTopics.of(kafka).read(topic), partition);
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records, int partition) {
    return records.stream()
        .filter(one -> one.partition() == partition)
        .map(one -> text(one.value()))
        .toList();
  }

  private static String text(byte[] value) {
    int length = Math.min(value.length, 50);
    return new String(value, 0, length, StandardCharsets.ISO_8859_1);
  }

  /**
   * Checks that the target has every record of the source, and in the source's order once repeated
   * records are removed. For topics of distinct records.
   *
   * @return how many records are in the target more than once
   */
  static int assertComplete(TestKafka source, TestKafka target, String topic) {
    List<ConsumerRecord<byte[], byte[]>> there = KafkaTopics.of(source).read(topic);
    List<ConsumerRecord<byte[], byte[]>> here = KafkaTopics.of(target).read(topic);
    int duplicates = 0;
    int partitions = KafkaTopics.of(source).ends(topic).size();
    for (int partition = 0; partition < partitions; partition++) {
      List<String> values = values(here, partition);
      Set<String> distinct = new LinkedHashSet<>(values);
      assertThat(new ArrayList<>(distinct))
          .as("partition %d of %s", partition, topic)
          .isEqualTo(values(there, partition));
      duplicates += values.size() - distinct.size();
    }
    return duplicates;
  }
}
