package dev.twinlog.testkit.internal.mirror;

import dev.twinlog.testkit.internal.kafka.Consumers;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads one topic from its beginning to the end offsets at the time of creation, and keeps a
 * fingerprint of each record. Not thread-safe.
 */
public final class TopicReader implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final int SHOWN = 60;

  private final String topic;
  private final boolean timestamps;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<TopicPartition, Long> unfinished = new HashMap<>();
  private final Map<Integer, Prints> prints = new TreeMap<>();
  private long lastProgress = System.nanoTime();

  /**
   * @param settle whether a committed reader waits for the transactions that are open now
   */
  public TopicReader(
      Map<String, String> clientProperties,
      String topic,
      boolean committed,
      boolean settle,
      boolean timestamps) {
    this.topic = topic;
    this.timestamps = timestamps;
    this.consumer = Consumers.consumer(clientProperties, committed);
    try {
      List<TopicPartition> partitions = Consumers.partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      unfinished.putAll(
          committed && settle
              ? Consumers.settledEnds(clientProperties, consumer, partitions)
              : consumer.endOffsets(partitions));
      partitions.forEach(partition -> prints.put(partition.partition(), new Prints(timestamps)));
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Polls once; returns whether there is more to read. */
  public boolean step() {
    List<TopicPartition> finished =
        unfinished.entrySet().stream()
            .filter(e -> consumer.position(e.getKey()) >= e.getValue())
            .map(Map.Entry::getKey)
            .toList();
    finished.forEach(unfinished::remove);
    consumer.pause(finished);
    if (unfinished.isEmpty()) {
      return false;
    }
    Map<TopicPartition, Long> before = positions();
    ConsumerRecords<byte[], byte[]> read = consumer.poll(POLL);
    for (TopicPartition partition : read.partitions()) {
      Long end = unfinished.get(partition);
      for (ConsumerRecord<byte[], byte[]> one : read.records(partition)) {
        if (end != null && one.offset() < end) {
          prints(partition.partition()).add(one);
        }
      }
    }
    long now = System.nanoTime();
    if (!positions().equals(before)) {
      lastProgress = now;
    } else if (now - lastProgress > STALL.toNanos()) {
      throw new IllegalStateException(
          "Reading "
              + topic
              + " made no progress for "
              + STALL.toSeconds()
              + " s; positions "
              + before
              + ", ends "
              + unfinished);
    }
    return true;
  }

  public Set<Integer> partitions() {
    return prints.keySet();
  }

  /** The fingerprints of a partition's records; empty if the topic has no such partition. */
  public Prints prints(int partition) {
    Prints found = prints.get(partition);
    return found == null ? new Prints(timestamps) : found;
  }

  /** Reads a record again and describes it for a message. */
  public String describe(int partition, int index) {
    TopicPartition topicPartition = new TopicPartition(topic, partition);
    long offset = prints(partition).offset(index);
    String at = topicPartition + "@" + offset;
    consumer.assign(List.of(topicPartition));
    consumer.resume(List.of(topicPartition));
    consumer.seek(topicPartition, offset);
    long deadline = System.nanoTime() + STALL.toNanos();
    while (System.nanoTime() - deadline < 0) {
      for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
        if (one.offset() >= offset) {
          return one.offset() == offset ? at + " " + describe(one) : at + " (gone meanwhile)";
        }
      }
    }
    return at + " (unreadable meanwhile)";
  }

  @Override
  public void close() {
    consumer.close();
  }

  private Map<TopicPartition, Long> positions() {
    return unfinished.keySet().stream().collect(Collectors.toMap(p -> p, consumer::position));
  }

  private static String describe(ConsumerRecord<byte[], byte[]> one) {
    String headers =
        StreamSupport.stream(one.headers().spliterator(), false)
            .map(header -> header.key() + "=" + show(header.value()))
            .collect(Collectors.joining(", ", "[", "]"));
    return "{key "
        + show(one.key())
        + ", value "
        + show(one.value())
        + ", headers "
        + headers
        + ", timestamp "
        + one.timestamp()
        + "}";
  }

  /** Shows printable text as text and anything else in hex, shortened. */
  @SuppressWarnings("NullAway") // Kafka's records can have nulls.
  private static String show(byte[] bytes) {
    if (bytes == null) {
      return "null";
    }
    String shown;
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      boolean printable = text.chars().noneMatch(Character::isISOControl);
      shown = printable ? "\"" + text + "\"" : "0x" + HexFormat.of().formatHex(bytes);
    } catch (CharacterCodingException e) {
      shown = "0x" + HexFormat.of().formatHex(bytes);
    }
    return shown.length() <= SHOWN
        ? shown
        : shown.substring(0, SHOWN) + "… (" + bytes.length + " bytes)";
  }
}
