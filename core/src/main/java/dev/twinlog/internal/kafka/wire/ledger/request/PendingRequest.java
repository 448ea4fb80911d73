package dev.twinlog.internal.kafka.wire.ledger.request;

import org.apache.kafka.common.TopicPartition;

/** A request of a {@link RecoveryTask} that waits to be sent or for its response. */
class PendingRequest {
  private final RecoveryTask task;
  private final int attempt;
  private long waitingSinceNanos;

  PendingRequest(RecoveryTask task) {
    this.task = task;
    this.attempt = task.attempt();
  }

  public final RecoveryTask task() {
    return task;
  }

  public final TopicPartition partition() {
    return task.target();
  }

  /** Whether the task still wants the response: it has neither ended nor restarted. */
  final boolean isWanted() {
    return !task.isOver() && task.attempt() == attempt;
  }

  /** Sets since when it waits for a broker. */
  final void waitsSince(long nowNanos) {
    waitingSinceNanos = nowNanos;
  }

  final long waitsSince() {
    return waitingSinceNanos;
  }
}
