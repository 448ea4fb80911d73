package dev.twinlog.internal.engine.shared;

import dev.twinlog.Throttle;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.status.ThrottleSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The throttle of a link, how long it has held partitions back, and how long brokers have told the
 * link to wait. Thread-safe.
 */
public final class LinkThrottle {
  /** A shorter break does not end the time since when it has held back. */
  private static final long BREAK = Duration.ofSeconds(1).toNanos();

  private final LinkTime time;
  private final BiConsumer<Throttle, Throttle> observer;
  private volatile Throttle setting = Throttle.none();
  private volatile @Nullable TopicBuckets buckets;
  private int partitions;
  private long heldFrom;
  private long heldUntil;
  private @Nullable Instant holdingSince;
  private long heldNanos;
  private long reportedNanos;
  private Duration bySource = Duration.ZERO;
  private Duration byTarget = Duration.ZERO;

  /**
   * Begins with this throttle.
   *
   * @param observer called with the former and the new throttle, outside any lock
   */
  public LinkThrottle(Throttle initial, LinkTime time, BiConsumer<Throttle, Throttle> observer) {
    this.time = time;
    this.observer = observer;
    change(initial);
  }

  /** The present throttle. */
  public Throttle now() {
    return setting;
  }

  /** What may be read; null if there is no limit. New ones come with each change. */
  public @Nullable TopicBuckets buckets() {
    return buckets;
  }

  /** Replaces the throttle; what was read before doesn't count any more. */
  public void set(Throttle next) {
    Throttle before = change(next);
    if (!before.equals(next)) {
      observer.accept(before, next);
    }
  }

  private synchronized Throttle change(Throttle next) {
    Throttle before = setting;
    if (!before.equals(next)) {
      setting = next;
      buckets =
          next.bytesPerSecond().isPresent()
              ? new TopicBuckets(
                  next.bytesPerSecond().getAsLong(), next.isCatchUpOnly(), time.nanoTime())
              : null;
    }
    return before;
  }

  /** A partition is held back from now on. */
  public synchronized void held() {
    if (partitions++ == 0) {
      long now = time.nanoTime();
      if (holdingSince == null || now - heldUntil > BREAK) {
        holdingSince = time.clock().instant();
      }
      heldFrom = now;
    }
  }

  /** A partition that was held back isn't any more. */
  public synchronized void released() {
    partitions--;
    if (partitions == 0) {
      heldUntil = time.nanoTime();
      heldNanos += heldUntil - heldFrom;
    }
  }

  private long heldNanos() {
    return partitions == 0 ? heldNanos : heldNanos + time.nanoTime() - heldFrom;
  }

  /** How long it has held back since the last call of this. */
  public synchronized Duration takeHeld() {
    long now = heldNanos();
    long more = now - reportedNanos;
    reportedNanos = now;
    return Duration.ofNanos(more);
  }

  /** A broker of the source, or of the target, has told the link to wait. */
  public synchronized void toldByBroker(Duration wait, boolean ofSource) {
    if (ofSource) {
      bySource = bySource.plus(wait);
    } else {
      byTarget = byTarget.plus(wait);
    }
  }

  /** What is shown of it. */
  public synchronized ThrottleSnapshot snapshot() {
    boolean holding = partitions > 0 || time.nanoTime() - heldUntil <= BREAK;
    return new ThrottleSnapshot(
        setting.bytesPerSecond(),
        setting.isCatchUpOnly(),
        partitions,
        holding ? Optional.ofNullable(holdingSince) : Optional.empty(),
        Duration.ofNanos(heldNanos()),
        bySource,
        byTarget);
  }
}
