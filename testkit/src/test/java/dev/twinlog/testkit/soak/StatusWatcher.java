package dev.twinlog.testkit.soak;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares the status of a link's partitions once a second with the true ends, which it reads over
 * a direct connection. A partition that reports that it is caught up, or has no lag, may be behind
 * for a short time only: the ends are read before the status.
 */
final class StatusWatcher implements AutoCloseable {
  /**
   * For how long a partition may report that it is caught up while it is behind: the time in which
   * a reader notices that it gets no answers (three fetch waits of half a second and half a request
   * timeout of 6 s), the interval at which the link requests ends another way (10 s), and a few
   * seconds for a busy machine.
   */
  static final Duration LONGEST = Duration.ofSeconds(20);

  private static final Duration EACH = Duration.ofSeconds(1);

  private final Replicator replicator;
  private final Admin admin;
  private final Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
  private final Map<TopicPartition, Long> wrongSince = new HashMap<>();

  /** The ends one second before: a partition need not have the records of the last second. */
  private Map<TopicPartition, Long> before = Map.of();

  private final List<String> findings = new ArrayList<>();
  private final Thread thread = new Thread(this::run, "status-watcher");
  private volatile boolean over;
  private long looks;
  private long behind;
  private long admitted;
  private Duration longest = Duration.ZERO;

  StatusWatcher(Replicator replicator, Map<String, String> direct, String topic, int partitions) {
    this.replicator = replicator;
    this.admin = Admin.create(new HashMap<>(direct));
    for (int i = 0; i < partitions; i++) {
      asked.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Stops watching; the findings can be read then. */
  void stop() throws InterruptedException {
    over = true;
    thread.join();
  }

  List<String> findings() {
    return findings;
  }

  /** How often a partition was compared. */
  long looks() {
    return looks;
  }

  /** How often one was behind its true end of a second before. */
  long behind() {
    return behind;
  }

  /** How often one that was behind reported that it is retrying, or that its lag is unknown. */
  long admitted() {
    return admitted;
  }

  /** The longest time for which one reported that it was caught up while it was behind. */
  Duration longest() {
    return longest;
  }

  private void run() {
    try {
      while (!over) {
        look();
        TimeUnit.NANOSECONDS.sleep(EACH.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | RuntimeException e) {
      findings.add("the watcher failed: " + e);
    }
  }

  private void look() throws InterruptedException, ExecutionException {
    Map<TopicPartition, Long> ends = new HashMap<>();
    Map<TopicPartition, ListOffsetsResultInfo> told = admin.listOffsets(asked).all().get();
    told.forEach((partition, end) -> ends.put(partition, end.offset()));
    long now = System.nanoTime();
    Map<TopicPartition, PartitionStatus> all = replicator.status().partitions();
    all.forEach(
        (partition, status) -> look(partition, status, before.getOrDefault(partition, 0L), now));
    before = ends;
  }

  private void look(TopicPartition partition, PartitionStatus status, long end, long now) {
    looks++;
    boolean isBehind = status.sourcePosition() < end;
    behind += isBehind ? 1 : 0;
    boolean unsure = status.state() == PartitionState.RETRYING || status.lagRecords() < 0;
    admitted += isBehind && unsure ? 1 : 0;
    boolean content = status.state() == PartitionState.CAUGHT_UP || status.lagRecords() == 0;
    if (!isBehind || !content) {
      wrongSince.remove(partition);
      return;
    }
    Duration wrong = Duration.ofNanos(now - wrongSince.computeIfAbsent(partition, any -> now));
    longest = wrong.compareTo(longest) > 0 ? wrong : longest;
    if (wrong.compareTo(LONGEST) > 0) {
      findings.add(
          "%s was behind %d for %s and reports %s".formatted(partition, end, wrong, status));
    }
  }

  @Override
  public void close() {
    over = true;
    thread.interrupt();
    admin.close(Duration.ofSeconds(5));
  }
}
