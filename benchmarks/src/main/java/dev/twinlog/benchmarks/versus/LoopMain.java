package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The main class of {@link LoopContender}: copies a topic until the process is killed. */
final class LoopMain {
  private static final Duration POLL = Duration.ofSeconds(1);

  private LoopMain() {}

  /**
   * Copies a topic.
   *
   * @param args the two addresses, the topic, then {@code consumer.<key>=<value>} and {@code
   *     producer.<key>=<value>}
   */
  public static void main(String[] args) {
    List<String> settings = Arrays.asList(args).subList(3, args.length);
    Map<String, Object> consuming = chosen(settings, "consumer.", args[0]);
    consuming.put("auto.offset.reset", "earliest");
    consuming.put("enable.auto.commit", "false");
    Map<String, Object> producing = chosen(settings, "producer.", args[1]);
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                consuming, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(producing, new ByteArraySerializer(), new ByteArraySerializer())) {
      consumer.assign(
          consumer.partitionsFor(args[2]).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList());
      copy(consumer, producer);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback gets the failure
  private static void copy(
      KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer) {
    while (true) {
      for (ConsumerRecord<byte[], byte[]> read : consumer.poll(POLL)) {
        producer.send(
            new ProducerRecord<>(
                read.topic(),
                read.partition(),
                read.timestamp(),
                read.key(),
                read.value(),
                read.headers()),
            (metadata, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
              }
            });
      }
    }
  }

  private static Map<String, Object> chosen(
      List<String> settings, String prefix, String bootstrapServers) {
    Map<String, Object> chosen = new HashMap<>();
    chosen.put("bootstrap.servers", bootstrapServers);
    for (String setting : settings) {
      if (setting.startsWith(prefix)) {
        String[] parts = setting.substring(prefix.length()).split("=", 2);
        chosen.put(parts[0], parts[1]);
      }
    }
    return chosen;
  }
}
