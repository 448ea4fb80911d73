package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Cluster;

/**
 * A route stands still after something failed, until what is under way is answered, a pause is over
 * and, where the leader is in doubt, somebody has said who leads now. The pause doubles each time
 * that nothing landed in between.
 */
final class Pause {
  private final Cluster cluster;
  private final long firstNanos;
  private final long mostNanos;
  private boolean standing;
  private long until;
  private long knowledge;
  private long nextNanos;

  Pause(Cluster cluster, WriterSettings settings) {
    this.cluster = cluster;
    this.firstNanos = settings.retryNanos();
    this.mostNanos = Math.max(firstNanos, settings.retryMaxNanos());
    this.nextNanos = firstNanos;
  }

  boolean isStanding() {
    return standing;
  }

  /** Only until what is under way is answered. */
  void untilAnswered(long now) {
    if (!standing) {
      standing = true;
      until = now;
      knowledge = cluster.version();
    }
  }

  /** For the pause that is due, and until the leaders were asked for. */
  void begin(long now) {
    if (standing && until - now > 0) {
      return; // the batches behind the first one fail as well
    }
    standing = true;
    until = now + nextNanos;
    nextNanos = Math.min(2 * nextNanos, mostNanos);
    knowledge = cluster.version() + 1;
    cluster.refresh();
  }

  /** Whether the route may go on, which ends the pause, once nothing is under way. */
  boolean mayEnd(long now) {
    return !standing || (now - until >= 0 && cluster.version() >= knowledge);
  }

  void end() {
    standing = false;
  }

  /** Something landed. */
  void success() {
    nextNanos = firstNanos;
  }

  /** How long until time alone may end it. */
  long nanosToEnd(long now) {
    return standing && until - now > 0 ? until - now : Long.MAX_VALUE;
  }
}
