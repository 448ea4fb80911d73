package dev.twinlog.testkit.drill;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group, in whichever region its consumers run, and how often it has processed each
 * record.
 */
final class DrillGroup {
  private final String id;
  private final DrillConsumers consumers;
  private final Set<String> topics;
  private final Map<Long, Integer> processed = new ConcurrentHashMap<>();
  private @Nullable AutoCloseable running;

  DrillGroup(String id, DrillConsumers consumers, Set<String> topics) {
    this.id = id;
    this.consumers = consumers;
    this.topics = topics;
  }

  String id() {
    return id;
  }

  /** Starts the consumers in this region. */
  void start(Region region) {
    running = consumers.start(id, region.clientProperties(), topics, this::add);
  }

  private void add(ConsumerRecord<byte[], byte[]> one) {
    DrillIds.read(one.headers()).ifPresent(id -> processed.merge(id, 1, Integer::sum));
  }

  /** Ends the consumers. */
  void stop() throws Exception {
    AutoCloseable ended = running;
    running = null;
    if (ended != null) {
      ended.close();
    }
  }

  /** How many records it has processed more than once. */
  long twice() {
    return processed.values().stream().filter(times -> times > 1).count();
  }

  /** Those of the given records that it has not processed. */
  Set<Long> missing(Set<Long> of) {
    Set<Long> missing = new HashSet<>(of);
    missing.removeAll(processed.keySet());
    return missing;
  }
}
