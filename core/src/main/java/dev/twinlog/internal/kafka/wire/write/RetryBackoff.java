package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;

/**
 * The backoff of a route: after a failure it sends nothing until what is in flight is answered, the
 * backoff is over and, where the leader is in doubt, metadata was refreshed. The backoff doubles
 * each time that nothing was appended in between.
 */
final class RetryBackoff {
  private final Cluster cluster;
  private final long firstNanos;
  private final long mostNanos;
  private boolean active;
  private long until;
  private long knowledge;
  private long nextNanos;

  RetryBackoff(Cluster cluster, WriterSettings settings) {
    this.cluster = cluster;
    this.firstNanos = settings.retryNanos();
    this.mostNanos = Math.max(firstNanos, settings.retryMaxNanos());
    this.nextNanos = firstNanos;
  }

  boolean isActive() {
    return active;
  }

  /** Stops until what is in flight is answered. */
  void untilAnswered(long now) {
    if (!active) {
      active = true;
      until = now;
      knowledge = cluster.version();
    }
  }

  /** Stops for the backoff, and until metadata was refreshed. */
  void begin(long now) {
    if (active && until - now > 0) {
      return; // the batches behind the first one fail as well
    }
    active = true;
    until = now + nextNanos;
    nextNanos = Math.min(2 * nextNanos, mostNanos);
    knowledge = cluster.version() + 1;
    cluster.refresh();
  }

  /** Whether the route may continue, which ends the backoff, once nothing is in flight. */
  boolean mayEnd(long now) {
    return !active || (now - until >= 0 && cluster.version() >= knowledge);
  }

  void end() {
    active = false;
  }

  /** Resets the backoff: a batch was appended. */
  void success() {
    nextNanos = firstNanos;
  }

  /** Returns how long until time alone may end it. */
  long nanosToEnd(long now) {
    return active && until - now > 0 ? until - now : Long.MAX_VALUE;
  }
}
