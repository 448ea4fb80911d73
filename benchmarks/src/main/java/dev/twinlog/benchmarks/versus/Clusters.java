package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;

/** The source and the target, each one broker in its own JVM, with their data on disk. */
final class Clusters implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final String HEAP = "-Xmx1g";
  private static final short REPLICAS = 1;

  private final Child source;
  private final Child target;
  private final String[] sourceAddresses;
  private final String[] targetAddresses;
  private final Admin sourceAdmin;
  private final Admin targetAdmin;

  private Clusters(Child source, Child target) {
    this.source = source;
    this.target = target;
    this.sourceAddresses = addresses(source);
    this.targetAddresses = addresses(target);
    this.sourceAdmin = Admin.create(Map.of("bootstrap.servers", sourceAddresses[0]));
    this.targetAdmin = Admin.create(Map.of("bootstrap.servers", targetAddresses[0]));
  }

  static Clusters start(Path directory) {
    Child source = Child.start("the source cluster", cluster(directory));
    Child target = Child.start("the target cluster", cluster(directory));
    try {
      return new Clusters(source, target);
    } catch (RuntimeException e) {
      source.close();
      target.close();
      throw e;
    }
  }

  private static ChildJvm.Builder cluster(Path directory) {
    return ChildJvm.builder(ClusterMain.class.getName())
        .jvmArgs(HEAP, "-Djava.io.tmpdir=" + directory);
  }

  private static String[] addresses(Child cluster) {
    return cluster
        .await(line -> line.startsWith(ClusterMain.READY), START_LIMIT)
        .substring(ClusterMain.READY.length())
        .split(" ");
  }

  String source(Workload.Far far) {
    return sourceAddresses[far == Workload.Far.SOURCE ? 1 : 0];
  }

  String target(Workload.Far far) {
    return targetAddresses[far == Workload.Far.TARGET ? 1 : 0];
  }

  Child sourceJvm() {
    return source;
  }

  Child targetJvm() {
    return target;
  }

  void createSource(String topic, int partitions) {
    create(sourceAdmin, topic, partitions);
  }

  void createTarget(String topic, int partitions) {
    create(targetAdmin, topic, partitions);
  }

  /** The bytes of a topic of the source, as stored. */
  long storedBytes(String topic) {
    return hosted(sourceAdmin).getOrDefault(topic, 0L);
  }

  /**
   * Deletes what contenders left in either cluster, but for one topic of the source, and lets the
   * disk come to rest.
   */
  void clear(String keptInSource) {
    delete(sourceAdmin, keptInSource);
    delete(targetAdmin, "");
    DiskWriteback.await();
  }

  private static void delete(Admin admin, String kept) {
    Set<String> topics = get(admin.listTopics(new ListTopicsOptions().listInternal(false)).names());
    List<String> doomed = new ArrayList<>(topics);
    doomed.remove(kept);
    if (!doomed.isEmpty()) {
      get(admin.deleteTopics(doomed).all());
      // A topic of the same name must not be taken for the old one.
      eventually(() -> Collections.disjoint(hosted(admin).keySet(), doomed));
    }
  }

  /** The topics whose files the broker has, with their bytes. */
  private static Map<String, Long> hosted(Admin admin) {
    return get(admin.describeLogDirs(List.of(0)).allDescriptions()).values().stream()
        .flatMap(directories -> directories.values().stream())
        .flatMap(directory -> directory.replicaInfos().entrySet().stream())
        .collect(
            Collectors.groupingBy(
                replica -> replica.getKey().topic(),
                Collectors.summingLong(replica -> replica.getValue().size())));
  }

  private static void create(Admin admin, String topic, int partitions) {
    NewTopic described = new NewTopic(topic, partitions, REPLICAS);
    get(admin.createTopics(List.of(described)).all());
    awaitLeaders(admin, topic, partitions);
  }

  /** The broker leads a partition a moment after the controller said so. */
  private static void awaitLeaders(Admin admin, String topic, int partitions) {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
    }
    eventually(
        () -> {
          try {
            return get(admin.listOffsets(ends).all()).size() == partitions;
          } catch (VersusException e) {
            if (e.getCause() instanceof ExecutionException failed
                && failed.getCause() instanceof RetriableException) {
              return false;
            }
            throw e;
          }
        });
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new VersusException(
            "a broker did not follow its controller in " + START_LIMIT.toSeconds() + " s");
      }
      Pause.of(LOOK);
    }
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new VersusException("interrupted while a cluster was asked", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new VersusException("a cluster could not be asked: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    sourceAdmin.close(Duration.ZERO);
    targetAdmin.close(Duration.ZERO);
    source.close();
    target.close();
  }
}
