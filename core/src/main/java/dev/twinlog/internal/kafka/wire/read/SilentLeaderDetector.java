package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClusterView;
import dev.twinlog.internal.kafka.wire.net.Connections;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/**
 * Detects partitions whose leader has not answered for too long, and reports why: their ends are
 * unknown since then. Every successful answer counts that is about the partition, or confirms it
 * without naming it; bytes of an incomplete answer don't.
 *
 * <p>A partition that is paused, or is delivered from kept records, is not fetched and so not
 * reported.
 *
 * <p>Confined to the reader's thread.
 */
final class SilentLeaderDetector {
  private static final long MIN_INTERVAL = Duration.ofMillis(10).toNanos();
  private static final long MAX_INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final int CHECKS = 16;
  private static final int LATE = 4;

  private final Fetcher fetcher;
  private final ClusterView view;
  private final Connections connections;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final long intervalNanos;
  private long checkAt = System.nanoTime();

  /**
   * Starts now.
   *
   * @param patienceNanos how long a leader may be silent
   */
  SilentLeaderDetector(
      Fetcher fetcher,
      ClusterView view,
      Connections connections,
      KafkaErrors errors,
      long patienceNanos) {
    this.fetcher = fetcher;
    this.view = view;
    this.connections = connections;
    this.errors = errors;
    this.patienceNanos = patienceNanos;
    this.intervalNanos = Math.max(MIN_INTERVAL, Math.min(MAX_INTERVAL, patienceNanos / CHECKS));
  }

  /** Checks all partitions if it is time to; returns whether the receiver was called. */
  boolean check(Collection<AssignedPartition> assignments, Receiver out) {
    long now = System.nanoTime();
    if (now - checkAt < 0) {
      return false;
    }
    // if the reader was not polled, answers that arrived meanwhile were not read
    boolean late = now - checkAt > LATE * intervalNanos;
    checkAt = now + intervalNanos;
    if (late) {
      return false;
    }
    boolean reported = false;
    // a copy: the receiver may release partitions
    for (AssignedPartition assigned : List.copyOf(assignments)) {
      if (assigned.isActive() && assigned.kept == null) {
        reported |= check(assigned, now, out);
      }
    }
    return reported;
  }

  private boolean check(AssignedPartition assigned, long now, Receiver out) {
    long silentNanos = now - fetcher.answeredAt(assigned);
    if (silentNanos <= patienceNanos) {
      return false;
    }
    Optional<String> failure = Optional.ofNullable(assigned.leader).flatMap(this::failure);
    String what = what(assigned);
    String reported = failure.isPresent() ? what + "; last" : what;
    if (reported.equals(assigned.reportedSilence)) {
      return false;
    }
    assigned.reportSilence(reported);
    fetcher.changed(assigned); // its end is reported again once its leader answers
    Instant since = Instant.now().minusNanos(silentNanos).truncatedTo(ChronoUnit.MILLIS);
    String text =
        "%s: %s; no answer since %s%s"
            .formatted(
                errors.alias(), what, since, failure.map(why -> "; last: " + why).orElse(""));
    out.retrying(assigned.partition(), new RetriableException(text));
    return true;
  }

  private Optional<String> failure(Leader leader) {
    return connections.failure(leader.broker());
  }

  /**
   * Returns what a partition waits for, without anything that changes from one check to the next.
   */
  private String what(AssignedPartition assigned) {
    TopicPartition partition = assigned.partition();
    Optional<ApiException> unknown = view.error(partition.topic());
    if (unknown.isPresent()) {
      return "%s: no leader is known, the brokers answer %s"
          .formatted(partition, Errors.forException(unknown.get()));
    }
    if (view.topicId(partition.topic()).isEmpty()) {
      return partition + ": no broker has returned its leader";
    }
    Leader leader = view.leader(partition).orElse(null);
    if (leader == null) {
      return partition + " has no leader (" + Errors.LEADER_NOT_AVAILABLE + ")";
    }
    return "broker %d at %s:%d, which leads %s, %s"
        .formatted(
            leader.broker().id(),
            leader.broker().host(),
            leader.broker().port(),
            partition,
            problem(assigned, leader.broker()));
  }

  private String problem(AssignedPartition assigned, Broker broker) {
    Errors error = Objects.requireNonNullElse(assigned.error, fetcher.error(broker));
    if (error != Errors.NONE) {
      return "answers every fetch with " + error;
    }
    if (connections.isThrottled(broker)) {
      return "gets no fetch, since it throttles this client";
    }
    if (fetcher.isWithoutMemory()) {
      return FetchSize.trouble();
    }
    return fetcher.isStarved()
        ? "gets no fetch, since records that were read and not yet written take all the memory"
        : "does not answer";
  }

  /** Returns how long until {@link #check} is due. */
  long nanosToNext(long now) {
    return Math.max(0, checkAt - now);
  }
}
