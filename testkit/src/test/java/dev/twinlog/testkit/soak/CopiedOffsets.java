package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.TestKafka;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The offset of each record of a partition, by the record's number. Takes some eight bytes a
 * record. Immutable once read.
 */
final class CopiedOffsets {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration STALL = Duration.ofSeconds(30);

  private long[] offsets = new long[1_024];
  private int size;
  private long end;

  private CopiedOffsets() {}

  /**
   * Reads a partition from its beginning to its end.
   *
   * @throws IllegalStateException if its records are not numbered consecutively from 0 on, or
   *     reading makes no progress
   */
  static CopiedOffsets read(TestKafka kafka, TopicPartition partition, SoakIsolation isolation) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("isolation.level", isolation.level());
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "none");
    CopiedOffsets read = new CopiedOffsets();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      read.end = Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
      long deadline = System.nanoTime() + STALL.toNanos();
      for (long at = consumer.position(partition); at < read.end; ) {
        consumer.poll(POLL).forEach(read::add);
        long next = consumer.position(partition);
        if (next > at) {
          at = next;
          deadline = System.nanoTime() + STALL.toNanos();
        } else if (System.nanoTime() - deadline > 0) {
          throw new IllegalStateException("Reading " + partition + " stalls at " + at);
        }
      }
    }
    return read;
  }

  /** How many records there are; their numbers are below this. */
  int size() {
    return size;
  }

  /** The offset of the record with that number. */
  long offset(int number) {
    return offsets[number];
  }

  /** The offset after the last record. */
  long next() {
    return size == 0 ? 0 : offsets[size - 1] + 1;
  }

  /** The end of the log as its readers see it. */
  long end() {
    return end;
  }

  private void add(ConsumerRecord<byte[], byte[]> one) {
    long number = SoakRecord.numberOf(one);
    if (number != size) {
      throw new IllegalStateException(
          one.topic()
              + "-"
              + one.partition()
              + "@"
              + one.offset()
              + " has number "
              + number
              + " where "
              + size
              + " is expected");
    }
    if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size);
    }
    offsets[size++] = one.offset();
  }
}
