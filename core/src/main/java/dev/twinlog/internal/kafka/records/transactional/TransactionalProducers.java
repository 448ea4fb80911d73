package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.records.common.ProducerFactory;
import dev.twinlog.spi.PluginContext;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Creates the transactional producers of one lane. Immutable and thread-safe. */
final class TransactionalProducers {
  /** Longer than any transaction is kept open, shorter than what a broker allows by default. */
  static final int TRANSACTION_TIMEOUT_MS = 60_000;

  /** For a broker whose {@code transaction.max.timeout.ms} is below that. */
  static final int SHORT_TRANSACTION_TIMEOUT_MS = 15_000;

  /** How long a call may block before it is repeated, or fails. */
  static final int MAX_BLOCK_MS = 2_000;

  /** A transaction is aborted if a partition accepts nothing for so long. */
  private static final int DELIVERY_MS = 10_000;

  private static final int REQUEST_MS = 5_000;

  private final ClientSettings settings;
  private final PluginContext context;

  TransactionalProducers(ClientSettings settings, PluginContext context) {
    this.settings = settings;
    this.context = context;
  }

  /** Creates a producer that is not initialized yet. */
  Producer<byte[], byte[]> create(String transactionalId, String codec, int transactionTimeoutMs) {
    int request = settings.number(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MS);
    int linger = settings.number(ProducerConfig.LINGER_MS_CONFIG, ClientSettings.DEFAULT_LINGER_MS);
    Map<String, Object> defaults = new HashMap<>();
    defaults.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, request);
    defaults.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
        (int) Math.min(Integer.MAX_VALUE, Math.max(DELIVERY_MS, (long) linger + request)));
    defaults.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, ProducerFactory.MAX_REQUEST_BYTES);
    // a transaction holds at most half of the bytes in flight; unfinished batches take more
    defaults.put(
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        2 * context.maxInFlightBytes() + ProducerFactory.MAX_REQUEST_BYTES);
    defaults.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    defaults.put(ProducerConfig.LINGER_MS_CONFIG, linger);
    // a transaction that begins right after another one waits for one of these
    defaults.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20);
    defaults.put(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, 1_000);
    defaults.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, codec);
    defaults.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, transactionTimeoutMs);
    Map<String, Object> config = settings.producer("writer-" + transactionalId, defaults);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    config.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MS);
    return new KafkaProducer<>(config);
  }
}
