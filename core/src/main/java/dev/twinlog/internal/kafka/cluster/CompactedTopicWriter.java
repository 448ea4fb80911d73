package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes small compacted topics of one partition, with a producer that lives from the first write
 * to {@link #close()}, or to the next failure. Confined to one thread at a time, except {@link
 * #close()}, which ends a write that is under way.
 */
public final class CompactedTopicWriter implements CompactedTopics, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactedTopicWriter.class);
  private static final Duration MAX_BLOCK = Duration.ofSeconds(5);
  private static final Duration DELIVERY = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  private final LazyAdmin admin;
  private final Set<String> known = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Producer<byte[], byte[]> producer;

  public CompactedTopicWriter(LazyAdmin admin) {
    this.admin = admin;
  }

  @Override
  public Optional<ReplicationException> writeCompacted(String topic, Collection<Entry> entries) {
    try {
      if (!known.contains(topic)) {
        create(topic);
        known.add(topic);
      }
      write(topic, entries);
      return Optional.empty();
    } catch (PartitionFailedException e) {
      return Optional.of(e);
    } catch (RuntimeException e) {
      dispose(Duration.ZERO);
      known.remove(topic);
      return Optional.of(refusal(topic, e));
    }
  }

  private ReplicationException refusal(String topic, RuntimeException thrown) {
    if (KafkaErrors.unwrap(thrown) instanceof AuthorizationException cause) {
      return missing("WRITE", topic, cause);
    }
    ReplicationException cause = admin.errors().call("write topic " + topic, null, thrown);
    if (cause instanceof RetriableException) {
      throw cause;
    }
    return cause;
  }

  private PartitionFailedException missing(
      String operation, String topic, AuthorizationException cause) {
    return new PartitionFailedException(
        "missing permission on %s: %s on Topic %s"
            .formatted(admin.errors().alias(), operation, topic),
        cause);
  }

  private void create(String topic) {
    int brokers = AdminResults.get(admin.get().describeCluster().nodes()).size();
    NewTopic wanted =
        new NewTopic(topic, 1, (short) Math.max(1, Math.min(3, brokers)))
            .configs(Map.of("cleanup.policy", "compact"));
    try {
      AdminResults.get(admin.get().createTopics(List.of(wanted)).all());
    } catch (TopicExistsException e) {
      LOG.debug("topic {} exists", topic);
    } catch (AuthorizationException e) {
      requireExists(topic, e);
    }
  }

  /** Else the producer would wait for a topic that is never created. */
  private void requireExists(String topic, AuthorizationException refusal) {
    try {
      AdminResults.get(admin.get().describeTopics(List.of(topic)).allTopicNames());
    } catch (UnknownTopicOrPartitionException e) {
      throw missing("CREATE", topic, refusal);
    } catch (AuthorizationException e) {
      throw missing("CREATE and WRITE", topic, e);
    }
  }

  private void write(String topic, Collection<Entry> entries) {
    Producer<byte[], byte[]> current = producer();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (Entry entry : entries) {
      sent.add(current.send(new ProducerRecord<>(topic, 0, entry.key(), entry.value())));
    }
    sent.forEach(AdminResults::get);
  }

  private Producer<byte[], byte[]> producer() {
    Producer<byte[], byte[]> current = producer;
    if (current == null) {
      Map<String, Object> defaults = new HashMap<>();
      defaults.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
      defaults.put(ProducerConfig.LINGER_MS_CONFIG, 0);
      Map<String, Object> config = admin.settings().producer("compacted-topics", defaults);
      config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
      long least =
          number(config, ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG)
              + number(config, ProducerConfig.LINGER_MS_CONFIG);
      config.put(
          ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Math.max(DELIVERY.toMillis(), least));
      current = new KafkaProducer<>(config);
      producer = current;
    }
    return current;
  }

  private static long number(Map<String, Object> config, String name) {
    return Long.parseLong(String.valueOf(config.get(name)));
  }

  private void dispose(Duration timeout) {
    Producer<byte[], byte[]> current = producer;
    producer = null;
    ClientClose.close(current, timeout);
  }

  /** Closes the producer; a later write opens a new one. */
  @Override
  public void close() {
    dispose(CLOSE_TIMEOUT);
    known.clear();
  }
}
