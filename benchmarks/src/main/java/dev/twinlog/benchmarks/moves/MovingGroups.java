package dev.twinlog.benchmarks.moves;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Groups of real consumers, half of them of the classic protocol and half of KIP-848, which commit
 * at random positions in the source and then read on in the target.
 */
final class MovingGroups {
  private static final int THREADS = 6;
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Random random = new Random(20_261_201);
  private final Map<String, Map<TopicPartition, Long>> groups = new TreeMap<>();

  /**
   * What has become of the groups.
   *
   * @param exact the groups that continued at exactly the next record everywhere
   * @param exactPositions the same for each partition of each group
   * @param missing the groups that had no position in one of their partitions at least
   * @param again records that were read twice
   * @param skipped records that were never read
   */
  record Counted(int exact, int exactPositions, int missing, long again, long skipped) {
    private static final Counted NONE = new Counted(0, 0, 0, 0, 0);

    private Counted plus(Counted other) {
      return new Counted(
          exact + other.exact,
          exactPositions + other.exactPositions,
          missing + other.missing,
          again + other.again,
          skipped + other.skipped);
    }
  }

  MovingGroups(int count) {
    for (int i = 0; i < count; i++) {
      groups.put("group-" + i, new HashMap<>());
    }
  }

  Collection<String> names() {
    return groups.keySet();
  }

  /** Creates the groups at the beginning of all partitions. */
  void create(TestKafka source) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> beginning = new HashMap<>();
    for (String topic : MoveLoad.TOPICS) {
      KafkaTopics.of(source)
          .ends(topic)
          .keySet()
          .forEach(partition -> beginning.put(partition, new OffsetAndMetadata(0)));
    }
    try (Admin admin = source.admin()) {
      for (String group : groups.keySet()) {
        admin.alterConsumerGroupOffsets(group, beginning).all().get();
      }
    }
  }

  /** Commits at random positions; one in six is at the end, and one in six at the beginning. */
  void commit(TestKafka source) throws Exception {
    Map<TopicPartition, Long> ends = new TreeMap<>(BY_NAME);
    MoveLoad.TOPICS.forEach(topic -> ends.putAll(KafkaTopics.of(source).ends(topic)));
    List<Callable<Void>> commits = new ArrayList<>();
    groups.forEach(
        (group, positions) -> {
          ends.forEach(
              (partition, end) ->
                  positions.put(
                      partition,
                      switch (random.nextInt(6)) {
                        case 0 -> end;
                        case 1 -> 0L;
                        default -> random.nextLong(end + 1);
                      }));
          commits.add(
              () -> {
                commit(source, group, positions);
                return null;
              });
        });
    all(commits);
  }

  private static void commit(TestKafka source, String group, Map<TopicPartition, Long> positions) {
    try (KafkaConsumer<byte[], byte[]> consumer = member(source, group, "earliest")) {
      poll(consumer, positions.keySet());
      Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
      positions.forEach(
          (partition, offset) -> commits.put(partition, new OffsetAndMetadata(offset)));
      consumer.commitSync(commits);
    }
  }

  /** Lets all groups read on in the target to its end, and counts. */
  Counted move(TestKafka source, TestKafka target) throws Exception {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> there = new HashMap<>();
    Set<String> copied = new HashSet<>();
    for (String topic : MoveLoad.TOPICS) {
      KafkaTopics.of(source)
          .read(topic)
          .forEach(one -> there.computeIfAbsent(partition(one), any -> new ArrayList<>()).add(one));
      KafkaTopics.of(target).read(topic).forEach(one -> copied.add(value(one)));
    }
    List<Callable<Counted>> moves = new ArrayList<>();
    groups.forEach(
        (group, positions) ->
            moves.add(
                () -> move(target, group, positions.keySet(), wanted(there, copied, positions))));
    return all(moves).stream().reduce(Counted.NONE, Counted::plus);
  }

  /** What is copied, and behind the group's positions in the source, by partition. */
  private static Map<TopicPartition, Set<String>> wanted(
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> there,
      Set<String> copied,
      Map<TopicPartition, Long> positions) {
    Map<TopicPartition, Set<String>> wanted = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            wanted.put(
                partition,
                there.getOrDefault(partition, List.of()).stream()
                    .filter(one -> one.offset() >= position)
                    .map(MovingGroups::value)
                    .filter(copied::contains)
                    .collect(Collectors.toSet())));
    return wanted;
  }

  private static Counted move(
      TestKafka target,
      String group,
      Set<TopicPartition> partitions,
      Map<TopicPartition, Set<String>> wanted) {
    Map<TopicPartition, List<String>> read = new HashMap<>();
    boolean complete;
    // a consumer without a position continues at the end by default
    try (KafkaConsumer<byte[], byte[]> consumer = member(target, group, "latest")) {
      List<ConsumerRecord<byte[], byte[]>> some = poll(consumer, partitions);
      Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(partitions);
      complete = partitions.stream().allMatch(partition -> committed.get(partition) != null);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long until = System.nanoTime() + LIMIT.toNanos();
      add(some, read);
      while (!isAt(consumer, ends)) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException(group + " does not come to the end");
        }
        some = new ArrayList<>();
        consumer.poll(POLL).forEach(some::add);
        add(some, read);
      }
    }
    Counted counted =
        partitions.stream()
            .map(
                one -> count(read.getOrDefault(one, List.of()), wanted.getOrDefault(one, Set.of())))
            .reduce(Counted.NONE, Counted::plus);
    return new Counted(
        counted.exactPositions == partitions.size() ? 1 : 0,
        counted.exactPositions,
        complete ? 0 : 1,
        counted.again,
        counted.skipped);
  }

  private static void add(
      List<ConsumerRecord<byte[], byte[]>> some, Map<TopicPartition, List<String>> to) {
    some.forEach(
        one -> to.computeIfAbsent(partition(one), any -> new ArrayList<>()).add(value(one)));
  }

  private static boolean isAt(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  /** Of one position. */
  private static Counted count(List<String> read, Set<String> wanted) {
    Set<String> once = new HashSet<>(read);
    once.retainAll(wanted);
    int again = read.size() - once.size();
    int skipped = wanted.size() - once.size();
    return new Counted(0, again == 0 && skipped == 0 ? 1 : 0, 0, again, skipped);
  }

  /** Polls until the only member of a group has all of these, and returns what it has read. */
  private static List<ConsumerRecord<byte[], byte[]>> poll(
      KafkaConsumer<byte[], byte[]> consumer, Set<TopicPartition> partitions) {
    List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
    long until = System.nanoTime() + LIMIT.toNanos();
    while (!consumer.assignment().equals(partitions)) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException(
            "the group has %s instead of %s".formatted(consumer.assignment(), partitions));
      }
      consumer.poll(POLL).forEach(read::add);
    }
    return read;
  }

  private static KafkaConsumer<byte[], byte[]> member(
      TestKafka kafka, String group, String without) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("group.id", group);
    config.put("group.protocol", group.hashCode() % 2 == 0 ? "classic" : "consumer");
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", without);
    config.put("isolation.level", "read_committed");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(MoveLoad.TOPICS);
    return consumer;
  }

  private static TopicPartition partition(ConsumerRecord<byte[], byte[]> one) {
    return new TopicPartition(one.topic(), one.partition());
  }

  private static String value(ConsumerRecord<byte[], byte[]> one) {
    return new String(one.value(), StandardCharsets.UTF_8);
  }

  private static <T> List<T> all(Collection<Callable<T>> tasks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> task : threads.invokeAll(tasks)) {
        results.add(task.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
