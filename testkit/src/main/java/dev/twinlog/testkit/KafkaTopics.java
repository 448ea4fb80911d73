package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.kafka.Consumers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Creates, fills, reads and deletes topics of a test cluster, each in one call with a client of its
 * own.
 *
 * <p>Every call blocks until it is done, for at most a minute. Thread-safe.
 */
public final class KafkaTopics {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Duration POLL = Duration.ofMillis(100);

  private final Map<String, String> clientProperties;

  private KafkaTopics(Map<String, String> clientProperties) {
    this.clientProperties = Map.copyOf(clientProperties);
  }

  /** The topics of that cluster, as its super user. */
  public static KafkaTopics of(TestKafka kafka) {
    return new KafkaTopics(kafka.clientProperties());
  }

  /** The topics of any cluster, by the properties that its clients need. */
  public static KafkaTopics of(Map<String, String> clientProperties) {
    return new KafkaTopics(clientProperties);
  }

  /**
   * Creates a topic with the cluster's default replication factor and waits until its partitions
   * have leaders that serve them.
   *
   * @throws IllegalStateException if Kafka refuses or takes longer than a minute
   */
  public void create(String topic, int partitions, Map<String, String> configs) {
    try (Admin admin = Admin.create(config())) {
      NewTopic created =
          new NewTopic(topic, Optional.of(partitions), Optional.empty()).configs(configs);
      get(admin.createTopics(List.of(created)).all(), "Creating the topic " + topic);
      long deadline = deadline();
      while (!isReady(admin, topic, partitions)) {
        pause(deadline, "the leaders of " + topic);
      }
      get(
          admin.listOffsets(latest(topic, partitions)).all(),
          "Listing the end offsets of " + topic);
    }
  }

  /**
   * Requests that a broker answers once it knows that it leads the partition, which can be later
   * than its clients know it. A producer that writes before can have its first batch refused and
   * the second one appended.
   */
  private static Map<TopicPartition, OffsetSpec> latest(String topic, int partitions) {
    return IntStream.range(0, partitions)
        .mapToObj(partition -> new TopicPartition(topic, partition))
        .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
  }

  /** Deletes topics; returns when the cluster has acknowledged it. */
  public void delete(String... topics) {
    try (Admin admin = Admin.create(config())) {
      get(admin.deleteTopics(List.of(topics)).all(), "Deleting topics");
    }
  }

  /**
   * Sends records in order, all acknowledged by all replicas when the call returns.
   *
   * @throws IllegalStateException if one is refused; the cause says why
   */
  public void send(Collection<ProducerRecord<byte[], byte[]>> records) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      sendAll(producer, records);
    }
  }

  /**
   * Sends {@code count} records that are all different, with keys, values and a header, spread
   * evenly over the partitions: record {@code i} has the key {@code key-i}, the value {@code
   * value-i}, the header {@code n} of {@code i} and goes to partition {@code i mod partitions}.
   */
  public void sendNumbered(String topic, int count) {
    int partitions = partitions(topic).size();
    send(
        IntStream.range(0, count)
            .mapToObj(i -> numbered(topic, i % partitions, Integer.toString(i)))
            .toList());
  }

  /** Sends records in one transaction and commits it. */
  public void sendCommitted(Collection<ProducerRecord<byte[], byte[]>> records) {
    sendInTransaction(records, true);
  }

  /**
   * Sends records in one transaction and aborts it, so that only {@code read_uncommitted} consumers
   * see them.
   */
  public void sendAborted(Collection<ProducerRecord<byte[], byte[]>> records) {
    sendInTransaction(records, false);
  }

  /**
   * All committed records that the topic holds now, partition after partition. Transactions that
   * are open at the call are waited for, up to half a minute: a commit is answered before the
   * partitions have its markers.
   */
  public List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    return read(topic, true);
  }

  /**
   * All records that the topic holds now, including those of aborted and open transactions,
   * partition after partition.
   */
  public List<ConsumerRecord<byte[], byte[]>> readUncommitted(String topic) {
    return read(topic, false);
  }

  /**
   * The end offsets that a committed reader sees now. Waits for open transactions as {@link
   * #read(String)} does.
   */
  public Map<TopicPartition, Long> ends(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(true)) {
      List<TopicPartition> partitions = Consumers.partitions(consumer, topic);
      consumer.assign(partitions);
      return Map.copyOf(Consumers.settledEnds(clientProperties, consumer, partitions));
    }
  }

  private static ProducerRecord<byte[], byte[]> numbered(String topic, int partition, String i) {
    ProducerRecord<byte[], byte[]> producerRecord =
        new ProducerRecord<>(topic, partition, utf8("key-" + i), utf8("value-" + i));
    producerRecord.headers().add("n", utf8(i));
    return producerRecord;
  }

  private void sendInTransaction(
      Collection<ProducerRecord<byte[], byte[]>> records, boolean commit) {
    try (KafkaProducer<byte[], byte[]> producer =
        producer(Map.of("transactional.id", "testkit-" + Uuid.randomUuid()))) {
      producer.initTransactions();
      producer.beginTransaction();
      sendAll(producer, records);
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
  }

  private static void sendAll(
      KafkaProducer<byte[], byte[]> producer, Collection<ProducerRecord<byte[], byte[]>> records) {
    List<Future<RecordMetadata>> sent = new ArrayList<>(records.size());
    records.forEach(toSend -> sent.add(producer.send(toSend)));
    producer.flush();
    for (Future<RecordMetadata> one : sent) {
      get(one, "Sending a record");
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic, boolean committed) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(committed)) {
      List<TopicPartition> partitions = Consumers.partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends =
          committed
              ? Consumers.settledEnds(clientProperties, consumer, partitions)
              : consumer.endOffsets(partitions, LIMIT);
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> read = new HashMap<>();
      partitions.forEach(partition -> read.put(partition, new ArrayList<>()));
      long deadline = deadline();
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        pause(deadline, "the end of " + topic, 0);
        consumer
            .poll(POLL)
            .forEach(
                one -> {
                  TopicPartition partition = new TopicPartition(topic, one.partition());
                  if (one.offset() < Objects.requireNonNull(ends.get(partition))) {
                    Objects.requireNonNull(read.get(partition)).add(one);
                  }
                });
      }
      return partitions.stream()
          .flatMap(partition -> Objects.requireNonNull(read.get(partition)).stream())
          .toList();
    }
  }

  private List<TopicPartition> partitions(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(true)) {
      return Consumers.partitions(consumer, topic);
    }
  }

  private static boolean isReady(Admin admin, String topic, int partitions) {
    try {
      TopicDescription description =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
              .get(topic);
      return description != null
          && description.partitions().size() == partitions
          && description.partitions().stream()
              .allMatch(partition -> partition.leader() != null && !partition.leader().isEmpty());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw new IllegalStateException("Describing the topic " + topic, e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("Describing the topic " + topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, String> more) {
    Map<String, Object> config = config();
    config.put("acks", "all");
    config.put("linger.ms", "5");
    config.putAll(more);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private KafkaConsumer<byte[], byte[]> consumer(boolean committed) {
    return Consumers.consumer(clientProperties, committed);
  }

  private Map<String, Object> config() {
    return new HashMap<>(clientProperties);
  }

  private static <T> T get(Future<T> future, String what) {
    try {
      return future.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(what + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(what + " took more than " + LIMIT.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + " was interrupted", e);
    }
  }

  private static <T> T get(KafkaFuture<T> future, String what) {
    return get(future.toCompletionStage().toCompletableFuture(), what);
  }

  private static long deadline() {
    return System.nanoTime() + LIMIT.toNanos();
  }

  private static void pause(long deadline, String waitingFor) {
    pause(deadline, waitingFor, 10);
  }

  private static void pause(long deadline, String waitingFor, int millis) {
    if (System.nanoTime() - deadline > 0) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT, "Waited %d s without success for %s", LIMIT.toSeconds(), waitingFor));
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
