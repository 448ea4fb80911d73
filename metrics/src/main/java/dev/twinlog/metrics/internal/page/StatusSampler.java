package dev.twinlog.metrics.internal.page;

import dev.twinlog.ReplicatorStatus;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the status of a link once a second, or less often where that takes long, as with very many
 * partitions: fifty times as long is waited then, at most five seconds. Requests are answered by
 * the last one, so that no number of them costs the link anything.
 *
 * <p>{@link #sample} is confined to one thread; everything else is thread-safe.
 */
public final class StatusSampler {
  private static final Logger LOG = LoggerFactory.getLogger(StatusSampler.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int TIMES = 50;

  /** One slow sample, as while the machine is busy, must not leave the page without news. */
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);

  /** A status that is older says nothing about now. */
  private static final Duration OVERDUE = Duration.ofSeconds(30);

  private final Supplier<ReplicatorStatus> source;
  private final LongSupplier bytes;
  private final RecentEventLog log;
  private final boolean deriving;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final Throughput throughput = new Throughput();
  private volatile StatusView latest;
  private volatile long delayNanos = INTERVAL.toNanos();
  private volatile @Nullable RuntimeException failure;

  /**
   * Takes the first status.
   *
   * @param bytes the bytes copied so far; -1 if not known
   * @param events what the link's listener has taken; if there is none, events are what changes in
   *     the status
   */
  public StatusSampler(
      Supplier<ReplicatorStatus> source,
      LongSupplier bytes,
      @Nullable RecentEventLog events,
      Clock clock,
      LongSupplier nanoTime) {
    this.source = source;
    this.bytes = bytes;
    this.deriving = events == null;
    this.log = events == null ? new RecentEventLog(clock) : events;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.latest = view(null);
  }

  private StatusView view(@Nullable StatusView before) {
    return new StatusView(
        source.get(), clock.instant(), nanoTime.getAsLong(), bytes.getAsLong(), before);
  }

  /** Takes a status again and again, until the thread ends. */
  public void start(ScheduledExecutorService thread) {
    var unused = // a sample lets no exception out
        thread.schedule(
            () -> {
              sample();
              start(thread);
            },
            delayNanos,
            TimeUnit.NANOSECONDS);
  }

  public void sample() {
    long began = nanoTime.getAsLong();
    StatusView before = latest;
    try {
      StatusView now = view(before);
      if (deriving) {
        log.changes(before.status(), now.status());
      }
      throughput.add(now);
      latest = now;
      failure = null;
    } catch (RuntimeException e) {
      if (failure == null) {
        LOG.warn("The status of link {} can't be taken for its page", before.status().link(), e);
      }
      failure = e;
    }
    long wait = TIMES * (nanoTime.getAsLong() - began);
    delayNanos = Math.min(LONGEST_INTERVAL.toNanos(), Math.max(INTERVAL.toNanos(), wait));
  }

  /** How long after the last sample the next one is taken. */
  public Duration delay() {
    return Duration.ofNanos(delayNanos);
  }

  /** The last status that was taken. */
  public StatusView latest() {
    return latest;
  }

  public Throughput throughput() {
    return throughput;
  }

  /** The newest first. */
  public List<RecentEventLog.Event> events() {
    return log.events();
  }

  /** Why the last status says nothing about now; empty if it is new. */
  public Optional<String> overdue() {
    StatusView last = latest;
    long age = nanoTime.getAsLong() - last.nanos();
    RuntimeException why = failure;
    return age <= OVERDUE.toNanos()
        ? Optional.empty()
        : Optional.of(
            "the status of the link was last taken at %s%s"
                .formatted(last.asOf(), why == null ? "" : ", and then not: " + why));
  }
}
