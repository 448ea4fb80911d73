package dev.twinlog.internal.kafka.records.common;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.spi.PluginContext;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Creates the producers of one lane. Thread-safe. */
public final class ProducerFactory implements Function<String, Producer<byte[], byte[]>> {

  private static final int MIB = 1 << 20;

  /** Below a broker's default {@code socket.request.max.bytes} of 100 MiB. */
  public static final int MAX_REQUEST_BYTES = 64 * MIB;

  private final ClientSettings settings;
  private final PluginContext context;
  private final AtomicInteger made = new AtomicInteger();

  public ProducerFactory(ClientSettings settings, PluginContext context) {
    this.settings = settings;
    this.context = context;
  }

  /** Returns the size of the largest record, uncompressed, that the producers accept. */
  public static int maxRequestBytes(ClientSettings settings) {
    return settings.number(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
  }

  @Override
  public Producer<byte[], byte[]> apply(String codec) {
    Map<String, Object> defaults = new HashMap<>();
    // nothing expires: a target may be unavailable for any length of time, and records stay in
    // order
    defaults.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    defaults.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    // every partition's current batch takes batch.size; beyond that, records wait in their routes
    defaults.put(
        ProducerConfig.BUFFER_MEMORY_CONFIG, 2 * context.maxInFlightBytes() + MAX_REQUEST_BYTES);
    defaults.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    defaults.put(ProducerConfig.LINGER_MS_CONFIG, ClientSettings.DEFAULT_LINGER_MS);
    defaults.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 50);
    defaults.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 1_000);
    defaults.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, codec);
    Map<String, Object> config =
        settings.producer(
            "writer-%s-%d-%d".formatted(context.link(), context.lane(), made.incrementAndGet()),
            defaults);
    config.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 0L);
    return new KafkaProducer<>(config);
  }
}
