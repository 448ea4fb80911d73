package dev.twinlog.internal.kafka.wire.ledger;

import org.apache.kafka.common.TopicPartition;

/** Something that a job wants to know. */
class PendingRequest {
  private final RecoveryTask task;
  private final int attempt;
  private long askedNanos;

  PendingRequest(RecoveryTask task) {
    this.task = task;
    this.attempt = task.attempt();
  }

  final RecoveryTask task() {
    return task;
  }

  final TopicPartition partition() {
    return task.target();
  }

  /** Whether the job still waits for it. */
  final boolean isWanted() {
    return !task.isOver() && task.attempt() == attempt;
  }

  /** It waits for a broker from now on. */
  final void waitsSince(long nowNanos) {
    askedNanos = nowNanos;
  }

  final long waitsSince() {
    return askedNanos;
  }
}
