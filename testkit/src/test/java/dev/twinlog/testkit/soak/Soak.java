package dev.twinlog.testkit.soak;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the kill soak once: load, faults, checks and summary. */
final class Soak {
  private static final Duration BACKLOG_LIMIT = Duration.ofMinutes(2);
  private static final Duration FIRST_COPY_LIMIT = Duration.ofMinutes(1);
  private static final Duration FINISH_LIMIT = Duration.ofMinutes(3);
  private static final Duration WATCHED_LIMIT = Duration.ofMinutes(1);
  private static final long TOLD_SECONDS = 30;

  private final SoakOptions options;
  private final PrintStream out;
  private final Path directory;

  Soak(SoakOptions options, PrintStream out, Path directory) {
    this.options = options;
    this.out = out;
    this.directory = directory;
  }

  /** Runs it and prints the summary. Returns whether all was right. */
  boolean run() throws InterruptedException {
    out.printf(
        Locale.ROOT,
        "Kill soak, path %s, seed %d; logs in %s%n",
        options.path(),
        options.seed(),
        directory);
    try (Journal journal = new Journal(out, directory);
        SoakClusters clusters = SoakClusters.start(options);
        SoakLoad load =
            new SoakLoad(options, clusters.source().kafka().clientProperties(), journal);
        Fleet fleet = new Fleet(options, clusters, journal, directory);
        Watcher watcher =
            new Watcher(options, clusters.target().kafka().clientProperties(), journal)) {
      load.start();
      if (!Pauses.until(load::hasBacklog, BACKLOG_LIMIT)) {
        journal.finding("the load wrote only " + load.acknowledged() + " records");
      }
      fleet.start();
      watcher.start();
      if (!Pauses.until(() -> fleet.current().copied() > 0, FIRST_COPY_LIMIT)) {
        journal.finding("the link copies nothing: " + fleet.current().describe());
      }
      Goals goals = new Goals(options, journal);
      disturb(clusters, fleet, watcher, goals, journal);
      Duration disturbed = goals.elapsed();
      load.stop();
      finish(fleet, journal);
      FinalCheck check = FinalCheck.of(options, clusters);
      Pauses.until(() -> watcher.seen() >= check.complete().targetRecords(), WATCHED_LIMIT);
      @Nullable OffsetsCheck offsets = checkOffsets(clusters, check);
      Summary summary = new Summary(options, journal, check, offsets, watcher, disturbed);
      summary.lines().forEach(out::println);
      return summary.isRight();
    }
  }

  private void disturb(
      SoakClusters clusters, Fleet fleet, Watcher watcher, Goals goals, Journal journal)
      throws InterruptedException {
    InstanceFaults instances = new InstanceFaults(options, fleet, goals, journal);
    List<Thread> threads = new ArrayList<>();
    threads.add(thread("instances", instances::run, journal));
    int salt = 3;
    for (SoakClusters.Side side : List.of(clusters.source(), clusters.target())) {
      ClusterFaults faults =
          new ClusterFaults(
              new SplittableRandom(options.seed() + salt++), side, goals, watcher, journal);
      threads.add(thread(side.name(), faults::run, journal));
    }
    threads.forEach(Thread::start);
    try {
      for (Thread thread : threads) {
        while (isAlive(thread)) {
          out.println(goals.progress() + ", " + fleet.current().describe());
        }
      }
    } finally {
      threads.forEach(Thread::interrupt);
      instances.abandon();
    }
  }

  private static boolean isAlive(Thread thread) throws InterruptedException {
    TimeUnit.SECONDS.timedJoin(thread, TOLD_SECONDS);
    return thread.isAlive();
  }

  private void finish(Fleet fleet, Journal journal) {
    try {
      fleet.current().finish(FINISH_LIMIT);
    } catch (IllegalStateException e) {
      fleet.current().dumpThreads();
      journal.finding("the link did not copy all and close: " + e.getMessage());
    }
  }

  /** Not checked where records are repeated: an offset then has no unique right translation. */
  private @Nullable OffsetsCheck checkOffsets(SoakClusters clusters, FinalCheck check) {
    return check.isRight(false) ? OffsetsCheck.of(options, clusters) : null;
  }

  /** The task of a thread of the soak. */
  private interface Work {
    void run() throws InterruptedException;
  }

  private static Thread thread(String name, Work work, Journal journal) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException e) {
                journal.finding("the faults of " + name + " ended early: " + e);
              }
            },
            "soak-faults-" + name);
    thread.setDaemon(true);
    return thread;
  }
}
