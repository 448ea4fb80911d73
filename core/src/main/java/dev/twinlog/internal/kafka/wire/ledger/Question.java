package dev.twinlog.internal.kafka.wire.ledger;

import org.apache.kafka.common.TopicPartition;

/** Something that a job wants to know. */
class Question {
  private final Job job;
  private final int attempt;
  private long askedNanos;

  Question(Job job) {
    this.job = job;
    this.attempt = job.attempt();
  }

  final Job job() {
    return job;
  }

  final TopicPartition partition() {
    return job.target();
  }

  /** Whether the job still waits for it. */
  final boolean isWanted() {
    return !job.isOver() && job.attempt() == attempt;
  }

  /** It waits for a broker from now on. */
  final void waitsSince(long nowNanos) {
    askedNanos = nowNanos;
  }

  final long waitsSince() {
    return askedNanos;
  }
}
