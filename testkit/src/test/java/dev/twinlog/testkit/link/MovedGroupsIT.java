package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
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
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Moves a hundred groups of real consumers to the target, after the link was closed, and after it
 * was killed, and counts what they read twice and what they skip. Every record has a value of its
 * own.
 */
@Tag("long")
@Timeout(600)
@TwinClusters(config = "log.cleaner.backoff.ms=200")
final class MovedGroupsIT {
  private static final int GROUPS = 100;
  private static final int KEYS = 60;
  private static final int READERS = 6;
  private static final long SEED = 20_261_130;
  private static final GroupSync QUICK = GroupSync.defaults().interval(Duration.ofMillis(200));
  private static final Pattern STATUS =
      Pattern.compile("groups (\\d+), lag (-?\\d+), compared -?\\d+ ms ago");

  private final Random random = new Random(SEED);
  private long minute = System.currentTimeMillis() - 86_400_000;
  private int number;

  /** The topics that the groups read. */
  private record Topics(String plain, String payments, String accounts) {
    List<String> all() {
      return List.of(plain, payments, accounts);
    }
  }

  /** What the groups have read twice, and what not at all. */
  private record Counted(long read, long again, long skipped) {
    Counted plus(Counted other) {
      return new Counted(read + other.read, again + other.again, skipped + other.skipped);
    }
  }

  private static String protocol(int group) {
    return group % 2 == 0 ? "classic" : "consumer";
  }

  @Test
  void aHundredGroups_continueWithExactlyTheNextRecord_afterTheLinkWasClosed(TwinKafka twin)
      throws Exception {
    Topics topics = topics(twin);
    Map<String, Map<TopicPartition, Long>> groups;
    try (Replicator replicator = link(twin, topics).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.pause();
      Map<TopicPartition, Long> copied = ends(twin.source(), topics);
      sendMore(KafkaTopics.of(twin.source()), topics);
      groups = commitByConsumers(twin.source(), topics, places(twin.source(), topics), 0);
      groups.forEach((group, positions) -> awaitShown(replicator, group, positions));
      assertThat(replicator.groups().values())
          .filteredOn(it -> it.state() == GroupState.AHEAD)
          .as("some have read more than is copied")
          .hasSizeBetween(GROUPS / 4, GROUPS);
      checkThatNoneIsFurtherThanTheCopy(twin, groups, copied, topics);
      replicator.resume();
      Links.awaitCaughtUp(replicator);
      Map<String, Map<TopicPartition, Long>> moved =
          commitByConsumers(twin.source(), topics, places(twin.source(), topics), GROUPS * 2 / 3);
      groups.putAll(moved);
      groups.forEach(
          (group, positions) ->
              positions.forEach(
                  (partition, offset) ->
                      Groups.awaitState(replicator, group, partition, offset, GroupState.SYNCED)));
    }
    Counted counted = move(twin, groups, topics);
    System.out.println("After a close: " + counted);
    assertThat(counted.again).as("read twice").isZero();
    assertThat(counted.skipped).as("skipped").isZero();
    assertThat(counted.read).isGreaterThan(GROUPS * 100L);
  }

  @Test
  void aHundredGroups_skipNothing_afterTheLinkWasKilled_andReadNothingTwiceAfterItsNextStart(
      TwinKafka twin) throws Exception {
    Topics topics = topics(twin);
    String name = Links.newName();
    Map<String, Map<TopicPartition, Long>> groups =
        commitByConsumers(twin.source(), topics, places(twin.source(), topics), 0);
    double rate = killWhileGroupsMove(twin, name, topics, groups);
    Counted counted = move(twin, groups, topics);
    double each = counted.again / (double) GROUPS;
    System.out.printf(
        "After a kill: %s; %.0f records a group, which were produced in %.1f seconds%n",
        counted, each, each / rate);
    assertThat(counted.skipped).as("skipped").isZero();
    try (Replicator replicator = link(twin, topics).link(name).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      groups.forEach(
          (group, positions) ->
              positions.forEach(
                  (partition, offset) ->
                      Groups.awaitState(replicator, group, partition, offset, GroupState.SYNCED)));
    }
    Counted afterwards = move(twin, groups, topics);
    System.out.println("After the next start: " + afterwards);
    assertThat(afterwards.again).as("read twice").isZero();
    assertThat(afterwards.skipped).as("skipped").isZero();
  }

  private static Replicator.Builder link(TwinKafka twin, Topics topics) {
    return Links.link(twin.source(), twin.target(), topics.all().toArray(String[]::new))
        .groupSync(QUICK);
  }

  // Records.

  private Topics topics(TwinKafka twin) {
    Topics topics = new Topics(twin.topic("plain"), twin.topic("payments"), twin.topic("accounts"));
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topics.plain, 2, Map.of());
    source.create(topics.payments, 2, Map.of());
    source.create(
        topics.accounts,
        1,
        Map.of(
            "cleanup.policy", "compact",
            "segment.ms", "1000",
            "min.cleanable.dirty.ratio", "0.01"));
    KafkaTopics.of(twin.target()).create(topics.accounts, 1, Map.of()); // shows what was copied
    sendPlain(source, topics.plain, 300);
    sendTransactions(source, topics.payments);
    sendCompacted(source, topics.accounts);
    return topics;
  }

  private void sendMore(KafkaTopics source, Topics topics) {
    sendPlain(source, topics.plain, 200);
    sendTransactions(source, topics.payments);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      records.add(compacted(topics.accounts, "new-" + i));
    }
    source.send(records);
  }

  private String unique() {
    return "id-" + number++;
  }

  private void sendPlain(KafkaTopics source, String topic, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(new ProducerRecord<>(topic, random.nextInt(2), null, Links.bytes(unique())));
    }
    source.send(records);
  }

  /** Transactions of every size, of which one in three is aborted. */
  private void sendTransactions(KafkaTopics source, String topic) {
    for (int i = 0; i < 24; i++) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int left = 1 + random.nextInt(20); left > 0; left--) {
        records.add(new ProducerRecord<>(topic, random.nextInt(2), null, Links.bytes(unique())));
      }
      if (i % 3 == 1) {
        source.sendAborted(records);
      } else {
        source.sendCommitted(records);
      }
    }
  }

  /** Records with holes between them, which are there before the topic is copied. */
  private void sendCompacted(KafkaTopics source, String topic) {
    for (int round = 0; round < 5; round++) {
      minute += 60_000;
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        if (round == 0 || random.nextInt(3) == 0) {
          records.add(compacted(topic, "key-" + key));
        }
      }
      source.send(records);
    }
    minute += 60_000;
    source.send(List.of(compacted(topic, "roll")));
    await().atMost(Links.LIMIT).until(() -> source.read(topic).size() == KEYS + 1);
  }

  private ProducerRecord<byte[], byte[]> compacted(String topic, String key) {
    return new ProducerRecord<>(topic, 0, minute, Links.bytes(key), Links.bytes(unique()));
  }

  // Positions.

  /** The end of a partition, and the offsets at which a reader of committed records finds none. */
  private record Places(long end, List<Long> gone) {
    long any(Random random) {
      return switch (random.nextInt(6)) {
        case 0 -> end;
        case 1 -> 0;
        case 2, 3 ->
            gone.isEmpty() ? random.nextLong(end + 1) : gone.get(random.nextInt(gone.size()));
        default -> random.nextLong(end + 1);
      };
    }
  }

  private static Map<TopicPartition, Places> places(TestKafka kafka, Topics topics) {
    Map<TopicPartition, Places> places = new TreeMap<>(Comparator.comparing(Object::toString));
    for (String topic : topics.all()) {
      Map<TopicPartition, Set<Long>> there = new HashMap<>();
      KafkaTopics.of(kafka)
          .read(topic)
          .forEach(
              one ->
                  there
                      .computeIfAbsent(
                          new TopicPartition(topic, one.partition()), any -> new HashSet<>())
                      .add(one.offset()));
      KafkaTopics.of(kafka)
          .ends(topic)
          .forEach(
              (partition, end) -> {
                List<Long> gone = new ArrayList<>();
                for (long offset = 0; offset < end; offset++) {
                  if (!there.getOrDefault(partition, Set.of()).contains(offset)) {
                    gone.add(offset);
                  }
                }
                places.put(partition, new Places(end, gone));
              });
    }
    return places;
  }

  private static Map<TopicPartition, Long> ends(TestKafka kafka, Topics topics) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    topics.all().forEach(topic -> ends.putAll(KafkaTopics.of(kafka).ends(topic)));
    return ends;
  }

  /** Half of the groups are of classic consumers, the others of KIP-848. */
  private Map<String, Map<TopicPartition, Long>> commitByConsumers(
      TestKafka kafka, Topics topics, Map<TopicPartition, Places> places, int from)
      throws Exception {
    Map<String, Map<TopicPartition, Long>> groups = new TreeMap<>();
    List<Callable<Void>> commits = new ArrayList<>();
    for (int i = from; i < GROUPS; i++) {
      String group = topics.plain + "-group-" + i;
      String protocol = protocol(i);
      Map<TopicPartition, Long> positions = new HashMap<>();
      places.forEach((partition, it) -> positions.put(partition, it.any(random)));
      groups.put(group, positions);
      commits.add(
          () -> {
            commitByConsumer(kafka, group, protocol, topics, positions);
            return null;
          });
    }
    all(commits);
    return groups;
  }

  private static void commitByConsumer(
      TestKafka kafka,
      String group,
      String protocol,
      Topics topics,
      Map<TopicPartition, Long> positions) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("group.id", group);
    config.put("group.protocol", protocol);
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "earliest");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(topics.all());
      await()
          .atMost(Links.LIMIT)
          .pollInterval(Duration.ofMillis(1))
          .pollInSameThread()
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(20));
                return consumer.assignment().equals(positions.keySet());
              });
      Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
      positions.forEach(
          (partition, offset) -> commits.put(partition, new OffsetAndMetadata(offset)));
      consumer.commitSync(commits);
    }
  }

  private static void awaitShown(
      Replicator replicator, String group, Map<TopicPartition, Long> positions) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () -> {
              GroupStatus status = replicator.groups().get(group);
              assertThat(status).as("%s", replicator.status()).isNotNull();
              positions.forEach(
                  (partition, offset) -> {
                    GroupStatus.Position position = status.positions().get(partition);
                    assertThat(position.source()).isEqualTo(offset);
                    assertThat(position.targets()).as("%s", status).containsOnlyKeys(partition);
                  });
            });
  }

  /** A group that has read all that is copied is behind the last copy, and no other is. */
  private static void checkThatNoneIsFurtherThanTheCopy(
      TwinKafka twin,
      Map<String, Map<TopicPartition, Long>> groups,
      Map<TopicPartition, Long> copied,
      Topics topics) {
    Map<TopicPartition, Long> behindLast = new HashMap<>();
    for (String topic : topics.all()) {
      KafkaTopics.of(twin.target())
          .read(topic)
          .forEach(one -> behindLast.put(partition(one), one.offset() + 1));
    }
    groups.forEach(
        (group, positions) -> {
          Map<TopicPartition, OffsetAndMetadata> committed = Groups.committed(twin.target(), group);
          positions.forEach(
              (partition, offset) -> {
                long now = committed.get(partition).offset();
                if (offset >= copied.get(partition)) {
                  assertThat(now)
                      .as("%s of %s at %d", partition, group, offset)
                      .isEqualTo(behindLast.get(partition));
                } else {
                  assertThat(now).isLessThanOrEqualTo(behindLast.get(partition));
                }
              });
        });
  }

  /**
   * Moves all groups forward until the link's process is killed.
   *
   * @return how many records were produced in a second
   */
  private double killWhileGroupsMove(
      TwinKafka twin, String name, Topics topics, Map<String, Map<TopicPartition, Long>> groups)
      throws Exception {
    List<String> args =
        new ArrayList<>(
            List.of(twin.source().bootstrapServers(), twin.target().bootstrapServers(), name));
    args.addAll(topics.all());
    try (ChildJvm child =
            ChildJvm.builder(GroupSyncMain.class.getName())
                .jvmArgs(
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Dtwinlog.test.path=" + Links.path())
                .args(args.toArray(String[]::new))
                .start();
        Admin admin = twin.source().admin()) {
      child.awaitLine(line -> figure(line, 1) == GROUPS && figure(line, 2) == 0, Links.LIMIT);
      double rate;
      long begun = System.nanoTime();
      try (Load load = Load.on(twin.source(), topics.plain, 2, 1_000)) {
        load.awaitSent(1_000);
        moveForward(admin, twin.source(), topics, groups);
        child.awaitLine(line -> figure(line, 2) > 0, Links.LIMIT);
        child.kill();
        rate = load.sent() / ((System.nanoTime() - begun) / 1e9);
      }
      List<String> said = child.output().stream().filter(STATUS.asMatchPredicate()).toList();
      System.out.println("Killed at: " + said.get(said.size() - 1));
      return rate;
    }
  }

  private void moveForward(
      Admin admin, TestKafka kafka, Topics topics, Map<String, Map<TopicPartition, Long>> groups)
      throws Exception {
    for (int round = 0; round < 5; round++) {
      Map<TopicPartition, Long> ends = ends(kafka, topics);
      for (Map.Entry<String, Map<TopicPartition, Long>> group : groups.entrySet()) {
        Map<TopicPartition, OffsetAndMetadata> commits = new HashMap<>();
        group
            .getValue()
            .replaceAll(
                (partition, offset) ->
                    random.nextInt(4) == 0
                        ? ends.get(partition)
                        : random.nextLong(offset, ends.get(partition) + 1));
        group
            .getValue()
            .forEach((partition, offset) -> commits.put(partition, new OffsetAndMetadata(offset)));
        admin.alterConsumerGroupOffsets(group.getKey(), commits).all().get();
      }
    }
  }

  private static long figure(String line, int which) {
    Matcher matcher = STATUS.matcher(line);
    return matcher.matches() ? Long.parseLong(matcher.group(which)) : 0;
  }

  // The move.

  /** Lets all groups read in the target, each under the other of the protocols in every third. */
  private static Counted move(
      TwinKafka twin, Map<String, Map<TopicPartition, Long>> groups, Topics topics)
      throws Exception {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> source = new HashMap<>();
    Map<TopicPartition, Set<String>> copied = new HashMap<>();
    for (String topic : topics.all()) {
      for (ConsumerRecord<byte[], byte[]> one : KafkaTopics.of(twin.source()).read(topic)) {
        source.computeIfAbsent(partition(one), any -> new ArrayList<>()).add(one);
      }
      for (ConsumerRecord<byte[], byte[]> one : KafkaTopics.of(twin.target()).read(topic)) {
        copied.computeIfAbsent(partition(one), any -> new HashSet<>()).add(value(one));
      }
    }
    List<Callable<Counted>> moves = new ArrayList<>();
    List<String> ids = new ArrayList<>(new TreeSet<>(groups.keySet()));
    for (int i = 0; i < ids.size(); i++) {
      String group = ids.get(i);
      String protocol = protocol(i % 3 == 0 ? i + 1 : i);
      Map<TopicPartition, Long> positions = groups.get(group);
      moves.add(
          () ->
              Groups.readToTheEnd(twin.target(), group, protocol, positions.keySet())
                  .entrySet()
                  .stream()
                  .map(
                      read ->
                          count(
                              read.getValue(),
                              source.getOrDefault(read.getKey(), List.of()),
                              copied.getOrDefault(read.getKey(), Set.of()),
                              positions.get(read.getKey())))
                  .reduce(new Counted(0, 0, 0), Counted::plus));
    }
    return all(moves).stream().reduce(new Counted(0, 0, 0), Counted::plus);
  }

  /** Compares what was read with what a reader would have read in the source, and is copied. */
  private static Counted count(
      List<ConsumerRecord<byte[], byte[]>> read,
      List<ConsumerRecord<byte[], byte[]>> source,
      Set<String> copied,
      long position) {
    List<String> wanted =
        source.stream()
            .filter(one -> one.offset() >= position)
            .map(MovedGroupsIT::value)
            .filter(copied::contains)
            .toList();
    List<String> values = read.stream().map(MovedGroupsIT::value).toList();
    Set<String> distinct = new HashSet<>(values);
    long skipped = wanted.stream().filter(one -> !distinct.contains(one)).count();
    if (skipped == 0) {
      assertThat(values.subList(values.size() - wanted.size(), values.size()))
          .as("in the same order")
          .isEqualTo(wanted);
    }
    return new Counted(values.size(), values.size() - (wanted.size() - skipped), skipped);
  }

  private static TopicPartition partition(ConsumerRecord<byte[], byte[]> one) {
    return new TopicPartition(one.topic(), one.partition());
  }

  private static String value(ConsumerRecord<byte[], byte[]> one) {
    String all = new String(one.value(), StandardCharsets.UTF_8);
    int padding = all.indexOf('.');
    return padding < 0 ? all : all.substring(0, padding);
  }

  private static <T> List<T> all(Collection<Callable<T>> tasks) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
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
