package dev.twinlog.internal.kafka.records.read;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.spi.PluginContext;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Creates the consumer of one lane. Stateless. */
final class ConsumerFactory {
  private static final long KIB = 1024;
  private static final long MIB = 1024 * KIB;

  private ConsumerFactory() {}

  static Consumer<byte[], byte[]> create(
      ClientSettings settings, PluginContext context, String isolation, KafkaErrors errors) {
    Map<String, Object> defaults = new HashMap<>();
    // one fetch is prefetched beside what is in flight, so it may take as much again
    long budget = context.maxInFlightBytes();
    defaults.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, within(budget, MIB, 50 * MIB));
    defaults.put(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, within(budget / 4, 64 * KIB, 2 * MIB));
    defaults.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    try {
      Map<String, Object> config =
          settings.consumer("reader-%s-%d".formatted(context.link(), context.lane()), defaults);
      config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
      return new KafkaConsumer<>(config);
    } catch (RuntimeException e) {
      throw errors.link("open a consumer", e);
    }
  }

  private static int within(long value, long least, long most) {
    return (int) Math.max(least, Math.min(most, value));
  }
}
