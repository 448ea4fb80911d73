package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyProgress;
import dev.twinlog.internal.verify.TargetComparison.Wants;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.TopicLogs;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;

/** Reads both clusters and advances the comparisons, a few at a time. Confined to one thread. */
final class VerifyPass {
  private static final Duration LONGEST_WAIT = Duration.ofMillis(100);
  private static final Duration SHORT_WAIT = Duration.ofMillis(5);
  private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long nothing may arrive of a partition whose log has ended before it should. */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The same if it is not known where its log ends. */
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Each of the two readers may read ahead so much of the memory. */
  private static final int READER_PART = 4;

  /** Less where there is time, so that the clusters are not read in great bursts. */
  private static final int PACED_READER_PART = 32;

  private static final long LEAST_READER_BYTES = 1 << 20;

  private final TopicLogs source;
  private final TopicLogs target;
  private final Deque<PartitionPlan> waiting;
  private final List<Active> active = new ArrayList<>();
  private final Collection<PartitionVerdict.Builder> findings;
  private final VerifyOptions options;
  private final long readerBytes;
  private final long begun;
  private final ReadRate byteRate;
  private final ReadRate offsetRate;
  private long countedBytes;
  private long countedOffsets;
  private long reportedAt;
  private int notPlanned;
  private int done;

  /** A comparison that is under way. */
  private static final class Active {
    final PartitionPlan plan;
    TargetComparison comparison;
    Wants wants = Wants.NOTHING;
    long known = -1;
    long knownSince;

    Active(PartitionPlan plan, TargetComparison comparison, long now) {
      this.plan = plan;
      this.comparison = comparison;
      this.knownSince = now;
    }
  }

  /**
   * Reads nothing yet.
   *
   * @param findings of all partitions, also of those that are not compared
   * @param offsetsPerSecond the most offsets of the source that are read; infinite for no limit
   * @param begun when the verification began, in nanoseconds
   */
  VerifyPass(
      TopicLogs source,
      TopicLogs target,
      List<PartitionPlan> plans,
      Map<TopicPartition, PartitionVerdict.Builder> findings,
      VerifyOptions options,
      double offsetsPerSecond,
      long begun) {
    this.source = source;
    this.target = target;
    this.waiting = new ArrayDeque<>(plans);
    this.findings = findings.values();
    this.options = options;
    this.begun = begun;
    this.reportedAt = begun;
    boolean paced = !Double.isInfinite(offsetsPerSecond);
    this.readerBytes =
        Math.max(
            LEAST_READER_BYTES,
            Math.min(
                options.maxMemory() / (paced ? PACED_READER_PART : READER_PART),
                options.maxBytesPerSecond()));
    long bytes = options.maxBytesPerSecond();
    this.byteRate = new ReadRate(bytes == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : bytes, begun);
    this.offsetRate = new ReadRate(offsetsPerSecond, begun);
    this.notPlanned = findings.size() - plans.stream().mapToInt(PartitionPlan::size).sum();
  }

  void run() {
    try (LogFetcher from = new LogFetcher(source.openReader(readerBytes), source.alias());
        LogFetcher to = new LogFetcher(target.openReader(readerBytes), target.alias())) {
      fill(from, to);
      while (!active.isEmpty()) {
        requireNoInterrupt();
        read(from, to);
        advance(from, to);
        fill(from, to);
        balance(from, to);
        pause(from.bytes() + to.bytes(), from.offsets());
        report(false);
      }
    }
    report(true);
  }

  private static void requireNoInterrupt() {
    if (Thread.currentThread().isInterrupted()) {
      throw new ReplicationException("the verification was interrupted");
    }
  }

  private void fill(LogFetcher from, LogFetcher to) {
    while (active.size() < Verification.MOST_ACTIVE && !waiting.isEmpty()) {
      PartitionPlan plan = waiting.remove();
      TargetComparison first = plan.next();
      if (first == null) {
        done += plan.size();
      } else {
        active.add(new Active(plan, first, System.nanoTime()));
        begin(first, from, to);
      }
    }
  }

  private static void begin(TargetComparison comparison, LogFetcher from, LogFetcher to) {
    to.begin(comparison.partition(), comparison.target());
    for (RouteWalk walk : comparison.walks()) {
      if (!walk.isPassive()) {
        from.begin(walk.route().route().source(), walk.source());
      }
    }
  }

  private static void end(TargetComparison comparison, LogFetcher from, LogFetcher to) {
    to.end(comparison.partition());
    comparison.walks().forEach(walk -> from.end(walk.route().route().source()));
  }

  /** Waits for what is wanted; the other side reads ahead meanwhile. */
  private void read(LogFetcher from, LogFetcher to) {
    boolean wantsSource = active.stream().anyMatch(one -> one.wants == Wants.SOURCE);
    boolean wantsTarget = active.stream().anyMatch(one -> one.wants == Wants.TARGET);
    boolean both = wantsSource == wantsTarget;
    Duration wait = both ? SHORT_WAIT : LONGEST_WAIT;
    if (wantsTarget) {
      boolean arrived = from.poll(Duration.ZERO);
      to.poll(both && arrived ? Duration.ZERO : wait);
    } else {
      to.poll(Duration.ZERO);
      from.poll(wait);
    }
  }

  private void advance(LogFetcher from, LogFetcher to) {
    for (Active one : List.copyOf(active)) {
      one.wants = one.comparison.advance();
      if (!one.comparison.isFinished()) {
        watch(one, from, to);
      }
      if (one.comparison.isFinished()) {
        end(one.comparison, from, to);
        if (one.comparison.hasEndedEarly()) {
          one.plan.drop();
        }
        TargetComparison next = one.plan.next();
        if (next == null) {
          active.remove(one);
          done += one.plan.size();
        } else {
          one.comparison = next;
          one.knownSince = System.nanoTime();
          begin(next, from, to);
        }
      }
    }
  }

  private void balance(LogFetcher from, LogFetcher to) {
    from.balance(readerBytes / 2);
    to.balance(readerBytes / 2);
  }

  // What does not arrive.

  private static void watch(Active one, LogFetcher from, LogFetcher to) {
    long known = one.comparison.target().next();
    for (RouteWalk walk : one.comparison.walks()) {
      known += walk.isPassive() ? 0 : walk.source().next();
    }
    long now = System.nanoTime();
    if (known != one.known) {
      one.known = known;
      one.knownSince = now;
      return;
    }
    long silent = now - one.knownSince;
    if (silent > END_NANOS && one.wants == Wants.TARGET) {
      endOfTarget(one.comparison, to);
    } else if (silent > END_NANOS) {
      endOfSource(one.comparison, from);
    }
    if (silent > SILENCE_NANOS && !one.comparison.isFinished()) {
      one.comparison.end(trouble(one, from, to));
    }
  }

  private static boolean isAtEnd(LogSide side) {
    return side.end() >= 0 && side.knows(side.end());
  }

  private static void endOfTarget(TargetComparison comparison, LogFetcher to) {
    LogSide side = comparison.target();
    if (!isAtEnd(side) || to.trouble(comparison.partition()).isPresent()) {
      return;
    }
    if (side.highWatermark() > side.end()) {
      comparison.end(
          "from target offset %d on it can't be read yet, since a transaction is open there"
              .formatted(side.end()));
    } else {
      side.nothingFollows(); // so what should follow is missing
    }
  }

  private static void endOfSource(TargetComparison comparison, LogFetcher from) {
    for (RouteWalk walk : comparison.walks()) {
      LogSide side = walk.source();
      TopicPartition partition = walk.route().route().source();
      if (!walk.isPassive()
          && isAtEnd(side)
          && side.end() < walk.route().copied()
          && from.trouble(partition).isEmpty()) {
        comparison.end(
            "the source ends at offset %d, but up to %d was copied: it has lost the end of its log"
                .formatted(side.end(), walk.route().copied()));
      }
    }
  }

  private static String trouble(Active one, LogFetcher from, LogFetcher to) {
    Optional<String> trouble = to.trouble(one.comparison.partition());
    for (RouteWalk walk : one.comparison.walks()) {
      trouble = trouble.or(() -> from.trouble(walk.route().route().source()));
    }
    return trouble.orElse(
        "nothing of it has arrived from the %s for %d s"
            .formatted(
                one.wants == Wants.TARGET ? "target" : "source",
                TimeUnit.NANOSECONDS.toSeconds(SILENCE_NANOS)));
  }

  // What it may take, and what it has done.

  private void pause(long bytes, long offsets) {
    long since = System.nanoTime();
    byteRate.read(bytes - countedBytes, since);
    offsetRate.read(offsets - countedOffsets, since);
    countedBytes = bytes;
    countedOffsets = offsets;
    long pause = pauseNanos(since);
    while (pause > 0) {
      requireNoInterrupt();
      LockSupport.parkNanos(this, Math.min(pause, LONGEST_WAIT.toNanos()));
      report(false);
      pause = pauseNanos(System.nanoTime());
    }
    long paused = System.nanoTime() - since;
    active.forEach(one -> one.knownSince += paused); // nothing could arrive
  }

  /** Once all has arrived there is nothing to wait for. */
  private long pauseNanos(long now) {
    return active.isEmpty() ? 0 : Math.max(byteRate.pauseNanos(now), offsetRate.pauseNanos(now));
  }

  private void report(boolean last) {
    long now = System.nanoTime();
    if (!last && now - reportedAt < PROGRESS_NANOS) {
      return;
    }
    reportedAt = now;
    options
        .onProgress()
        .accept(
            new VerifyProgress(
                notPlanned + done,
                findings.size(),
                sum(PartitionVerdict.Builder::records),
                sum(PartitionVerdict.Builder::bytes),
                sum(PartitionVerdict.Builder::differences),
                Duration.ofNanos(now - begun)));
  }

  private long sum(ToLongFunction<PartitionVerdict.Builder> of) {
    return findings.stream().mapToLong(of).sum();
  }
}
