package dev.twinlog.testkit.quickstart;

import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.testkit.quickstart.Snapshot.Latency;
import dev.twinlog.testkit.quickstart.Snapshot.Phase;
import dev.twinlog.testkit.quickstart.Snapshot.Progress;
import dev.twinlog.testkit.quickstart.Snapshot.Row;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Shows a snapshot of the load and the copy four times a second, from a thread of its own. Its
 * other methods are confined to one thread.
 */
final class Monitor implements AutoCloseable {
  private static final long EVERY_MILLIS = 250;

  private final Screen screen;
  private final Stopwatch stopwatch;
  private final Clusters clusters;
  private final Load load;
  private final CopyMeter meter;
  private RateMeter loadRate = new RateMeter();
  private RateMeter copyRate = new RateMeter();
  private @Nullable Phase measured;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "quickstart-view");
            thread.setDaemon(true);
            return thread;
          });
  private volatile Scene scene;

  /** The present phase and the parts that it shows. */
  private record Scene(
      Phase phase,
      Duration since,
      long goal,
      Map<TopicPartition, Long> ends,
      @Nullable Replicator replicator) {}

  Monitor(Screen screen, Stopwatch stopwatch, Clusters clusters, Load load, CopyMeter meter) {
    this.screen = screen;
    this.stopwatch = stopwatch;
    this.clusters = clusters;
    this.load = load;
    this.meter = meter;
    this.scene = new Scene(Phase.LOADING, Duration.ZERO, 0, Map.of(), null);
  }

  /** Enters the phase in which the backlog is written. */
  void loading(int records) {
    enter(new Scene(Phase.LOADING, stopwatch.elapsed(), records, Map.of(), null));
    var unused = timer.scheduleAtFixedRate(this::look, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Enters a phase in which the replicator copies up to these ends. */
  void catchingUp(Phase phase, Replicator replicator, Map<TopicPartition, Long> ends) {
    long goal = ends.values().stream().mapToLong(Long::longValue).sum();
    enter(new Scene(phase, stopwatch.elapsed(), goal, Map.copyOf(ends), replicator));
  }

  /** Enters another phase of the same replicator. */
  void enter(Phase phase) {
    enter(new Scene(phase, stopwatch.elapsed(), 0, Map.of(), scene.replicator()));
  }

  private void enter(Scene next) {
    scene = next;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      timer.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    screen.clear();
  }

  private void look() {
    screen.show(snapshot());
  }

  private Snapshot snapshot() {
    Scene now = scene;
    long nanos = stopwatch.nanos();
    Duration elapsed = stopwatch.elapsed();
    if (measured != now.phase()) {
      // A rate over two phases would be meaningless.
      measured = now.phase();
      loadRate = new RateMeter();
      copyRate = new RateMeter();
    }
    boolean closed = now.phase() == Phase.CLOSED;
    Replicator replicator = now.replicator();
    ReplicatorStatus status = replicator == null ? null : replicator.status();
    Map<TopicPartition, PartitionStatus> partitions =
        status == null ? Map.of() : status.partitions();
    List<Row> rows =
        partitions.entrySet().stream().map(e -> row(e.getKey(), e.getValue(), closed)).toList();
    Duration lag = status == null ? Duration.ZERO : status.lag();
    return new Snapshot(
        now.phase(),
        elapsed,
        clusters.source().alias() + " -> " + clusters.target().alias(),
        progress(now, partitions),
        loadRate.at(nanos, load.acknowledged()),
        copyRate.at(nanos, meter.records()),
        rows.stream().mapToLong(Row::lag).sum(),
        closed ? elapsed.minus(now.since()) : lag,
        latency(),
        rows);
  }

  private Optional<Progress> progress(Scene now, Map<TopicPartition, PartitionStatus> partitions) {
    if (now.phase() == Phase.LOADING) {
      return Optional.of(new Progress(load.acknowledged(), now.goal()));
    }
    if (now.goal() == 0) {
      return Optional.empty();
    }
    long done = 0;
    for (Map.Entry<TopicPartition, Long> end : now.ends().entrySet()) {
      PartitionStatus partition = partitions.get(end.getKey());
      if (partition != null) {
        done += Math.max(0, Math.min(partition.sourcePosition(), end.getValue()));
      }
    }
    return Optional.of(new Progress(done, now.goal()));
  }

  /** A closed replicator no longer reads the source's end; the load knows it. */
  private Row row(TopicPartition partition, PartitionStatus status, boolean closed) {
    long copied = Math.max(0, status.sourcePosition());
    long end = closed ? load.end(partition) : Math.max(0, status.sourceEnd());
    return new Row(
        clusters.shortName(partition.topic()) + "-" + partition.partition(),
        closed ? "closed" : status.state().name().toLowerCase(Locale.ROOT).replace('_', ' '),
        end,
        copied,
        Math.max(0, closed ? end - copied : status.lagRecords()));
  }

  private Optional<Latency> latency() {
    LatencyHistogram latencies = meter.latencies();
    return latencies.count() == 0
        ? Optional.empty()
        : Optional.of(new Latency(latencies.percentile(0.5), latencies.percentile(0.99)));
  }
}
