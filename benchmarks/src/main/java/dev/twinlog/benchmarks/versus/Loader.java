package dev.twinlog.benchmarks.versus;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Fills a workload's topic, once for all contenders. */
final class Loader {
  private static final int DISTINCT = 8192;
  private static final int DISTINCT_BYTES = 16 << 20;
  private static final int RUN = 512;

  private Loader() {}

  /** Stretches of records go to the partitions in turn, so that batches fill. */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback gets the failure
  static void load(String bootstrapServers, String topic, Workload workload) {
    byte[][] values =
        new JsonRecords()
            .values(
                Math.max(1, Math.min(DISTINCT, DISTINCT_BYTES / workload.recordBytes())),
                workload.recordBytes());
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            settings(bootstrapServers, workload),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (long i = 0; i < workload.records() && failure.get() == null; i++) {
        int partition = (int) (i / RUN % workload.busyPartitions());
        byte[] value = values[(int) (i % values.length)];
        producer.send(
            new ProducerRecord<>(topic, partition, timestamp(workload), null, value),
            (metadata, e) -> {
              if (e != null) {
                failure.compareAndSet(null, e);
              }
            });
      }
      producer.flush();
    }
    Exception first = failure.get();
    if (first != null) {
      throw new VersusException("the topic could not be loaded: " + first.getMessage(), first);
    }
  }

  /** The producer's own unless the records are to be old. */
  private static @Nullable Long timestamp(Workload workload) {
    return workload.age().isZero()
        ? null
        : Long.valueOf(System.currentTimeMillis() - workload.age().toMillis());
  }

  private static Map<String, Object> settings(String bootstrapServers, Workload workload) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", bootstrapServers);
    settings.put("acks", "all");
    settings.put("batch.size", workload.batchBytes());
    settings.put("linger.ms", workload.batchBytes() == 1 ? 0 : 1000);
    settings.put("compression.type", workload.compression());
    settings.put("buffer.memory", 64L << 20);
    return settings;
  }
}
