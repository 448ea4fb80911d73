package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.NetworkLink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/**
 * Kills, freezes and disconnects the brokers of one cluster, one fault at a time. Each fault is
 * healed before the next one begins; the link may still be recovering from it then.
 */
final class ClusterFaults {
  /** The percentage of faults that kill a broker, until their goal is reached. */
  static final int BROKER_KILL_PERCENT = 60;

  private static final Duration IN_SYNC_LIMIT = Duration.ofSeconds(20);
  private static final Duration COPIED_LIMIT = Duration.ofSeconds(30);
  private static final Duration AHEAD_LIMIT = Duration.ofMinutes(1);
  private static final Duration DROPS = Duration.ofMillis(150);
  private static final int CALM_PERCENT = 70;
  private static final int ADMIN_TIMEOUT_MS = 10_000;

  private final SplittableRandom random;
  private final SoakClusters.Side side;
  private final Goals goals;
  private final Watcher watcher;
  private final Journal journal;

  ClusterFaults(
      SplittableRandom random,
      SoakClusters.Side side,
      Goals goals,
      Watcher watcher,
      Journal journal) {
    this.random = random;
    this.side = side;
    this.goals = goals;
    this.watcher = watcher;
    this.journal = journal;
  }

  /** Injects faults until the goals are reached; all faults are healed on return. */
  void run() throws InterruptedException {
    Map<String, Object> config = new HashMap<>(side.kafka().clientProperties());
    config.put("default.api.timeout.ms", ADMIN_TIMEOUT_MS);
    config.put("request.timeout.ms", ADMIN_TIMEOUT_MS / 2);
    try (Admin admin = Admin.create(config)) {
      while (!goals.isReached()) {
        long before = watcher.seen();
        act(admin);
        if (random.nextInt(100) < CALM_PERCENT) {
          Pauses.until(() -> isInSync(admin), IN_SYNC_LIMIT);
          Pauses.until(() -> watcher.seen() > before || goals.isReached(), COPIED_LIMIT);
        }
        Pauses.between(random, 0, 2_000);
        Pauses.until(() -> goals.isReached() || !goals.clustersAreAhead(), AHEAD_LIMIT);
      }
    }
  }

  private void act(Admin admin) throws InterruptedException {
    if (random.nextInt(100) < (goals.brokerKillsAreDone() ? 10 : BROKER_KILL_PERCENT)) {
      killBroker();
      return;
    }
    switch (random.nextInt(6)) {
      case 0, 1 -> freezeBroker();
      case 2 -> moveLeaders(admin);
      default -> disturbNetwork();
    }
  }

  private void killBroker() throws InterruptedException {
    ChildKafka kafka = side.kafka();
    int broker = random.nextInt(kafka.brokers());
    kafka.kill(broker);
    journal.fault(Fault.BROKER_KILL, "broker " + broker + " of the " + side.name());
    if (random.nextInt(4) == 0) {
      Pauses.between(random, 0, 4_000);
    }
    kafka.restart(broker);
    journal.note("broker " + broker + " of the " + side.name() + " is back");
  }

  private void freezeBroker() throws InterruptedException {
    ChildKafka kafka = side.kafka();
    int broker = random.nextInt(kafka.brokers());
    kafka.freeze(broker);
    journal.fault(Fault.BROKER_FREEZE, "broker " + broker + " of the " + side.name());
    Pauses.between(random, 50, mostly(2_000, 7_000));
    kafka.thaw(broker);
    journal.note("broker " + broker + " of the " + side.name() + " continues");
  }

  private void disturbNetwork() throws InterruptedException {
    NetworkLink network = side.network();
    String where = "to the " + side.name();
    switch (random.nextInt(4)) {
      case 0 -> {
        network.cutAfter(
            random.nextBoolean()
                ? NetworkLink.Direction.TO_CLUSTER
                : NetworkLink.Direction.FROM_CLUSTER,
            1 + random.nextInt(20_000));
        journal.fault(Fault.LINK_CUT, where);
        Pauses.between(random, 50, 3_000);
      }
      case 1 -> {
        network.freeze();
        journal.fault(Fault.LINK_FREEZE, where);
        Pauses.between(random, 50, mostly(2_000, 8_000));
        if (random.nextBoolean()) {
          network.cut();
        }
      }
      case 2 -> {
        network.freeze(NetworkLink.Direction.FROM_CLUSTER);
        journal.fault(Fault.LINK_ANSWERS, where);
        Pauses.between(random, 50, mostly(2_000, 6_000));
        if (random.nextBoolean()) {
          network.cut();
        }
      }
      default -> {
        network.dropConnectionsEvery(DROPS);
        journal.fault(Fault.LINK_DROPS, where);
        Pauses.between(random, 500, 3_000);
      }
    }
    network.heal();
    journal.note("the network " + where + " is healed");
  }

  /** Moves leadership to other replicas, cleanly. */
  private void moveLeaders(Admin admin) throws InterruptedException {
    try {
      Map<TopicPartition, Optional<NewPartitionReassignment>> orders = new HashMap<>();
      for (TopicDescription topic : describe(admin)) {
        for (TopicPartitionInfo partition : topic.partitions()) {
          List<Integer> replicas =
              new ArrayList<>(partition.replicas().stream().map(Node::id).toList());
          Collections.rotate(replicas, 1);
          orders.put(
              new TopicPartition(topic.name(), partition.partition()),
              Optional.of(new NewPartitionReassignment(replicas)));
        }
      }
      get(admin.alterPartitionReassignments(orders).all());
      get(admin.electLeaders(ElectionType.PREFERRED, orders.keySet()).partitions());
      journal.fault(Fault.LEADER_MOVE, "of the " + side.name());
    } catch (ExecutionException | TimeoutException e) {
      journal.note("leaders of the " + side.name() + " were not moved: " + e);
    }
  }

  /** The longer time in one of five cases. */
  private int mostly(int millis, int longerMillis) {
    return random.nextInt(5) == 0 ? longerMillis : millis;
  }

  private boolean isInSync(Admin admin) {
    try {
      for (TopicDescription topic : describe(admin)) {
        for (TopicPartitionInfo partition : topic.partitions()) {
          if (partition.isr().size() < partition.replicas().size()) {
            return false;
          }
        }
      }
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The topics of the load, and those of the link and of its transactions. */
  private static Iterable<TopicDescription> describe(Admin admin)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> names = new HashSet<>(get(admin.listTopics().names()));
    return get(admin.describeTopics(names).allTopicNames()).values();
  }

  private static <T> T get(org.apache.kafka.common.KafkaFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(ADMIN_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }
}
