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
 * Notices readings whose leader was not heard for too long, and tells why: since then their ends
 * are not known. A leader is heard by every good answer that is about the reading, or confirms it
 * without naming it; not by bytes of an answer that is still coming in.
 *
 * <p>A reading that is paused, or goes on with what was kept, is not asked for and so not missed.
 *
 * <p>Confined to the reader's thread.
 */
final class Hearing {
  private static final long SHORTEST = Duration.ofMillis(10).toNanos();
  private static final long LONGEST = Duration.ofSeconds(1).toNanos();
  private static final int LOOKS = 16;
  private static final int LATE = 4;

  private final Fetches fetches;
  private final ClusterView view;
  private final Connections connections;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final long intervalNanos;
  private long lookAt = System.nanoTime();

  /**
   * Looks from now on.
   *
   * @param patienceNanos how long a leader may be silent
   */
  Hearing(
      Fetches fetches,
      ClusterView view,
      Connections connections,
      KafkaErrors errors,
      long patienceNanos) {
    this.fetches = fetches;
    this.view = view;
    this.connections = connections;
    this.errors = errors;
    this.patienceNanos = patienceNanos;
    this.intervalNanos = Math.max(SHORTEST, Math.min(LONGEST, patienceNanos / LOOKS));
  }

  /** Looks at all readings if it is time to; whether anything was told. */
  boolean look(Collection<Reading> readings, Receiver out) {
    long now = System.nanoTime();
    if (now - lookAt < 0) {
      return false;
    }
    // whoever was not polled has not heard what arrived meanwhile
    boolean late = now - lookAt > LATE * intervalNanos;
    lookAt = now + intervalNanos;
    if (late) {
      return false;
    }
    boolean told = false;
    // a copy: the receiver may release partitions
    for (Reading reading : List.copyOf(readings)) {
      if (reading.isFlowing() && reading.kept == null) {
        told |= look(reading, now, out);
      }
    }
    return told;
  }

  private boolean look(Reading reading, long now, Receiver out) {
    long silent = now - fetches.heardAt(reading);
    if (silent <= patienceNanos) {
      return false;
    }
    Optional<String> failure = Optional.ofNullable(reading.leader).flatMap(this::failure);
    String what = what(reading);
    String told = failure.isPresent() ? what + "; last" : what;
    if (told.equals(reading.reportedSilence)) {
      return false;
    }
    reading.silent(told);
    fetches.changed(reading); // its end is told again once its leader is heard
    Instant since = Instant.now().minusNanos(silent).truncatedTo(ChronoUnit.MILLIS);
    String text =
        "%s: %s; not heard since %s%s"
            .formatted(
                errors.alias(), what, since, failure.map(why -> "; last: " + why).orElse(""));
    out.retrying(reading.partition(), new RetriableException(text));
    return true;
  }

  private Optional<String> failure(Leader leader) {
    return connections.failure(leader.broker());
  }

  /** What a reading waits for, without anything that changes from one look to the next. */
  private String what(Reading reading) {
    TopicPartition partition = reading.partition();
    Optional<ApiException> unknown = view.error(partition.topic());
    if (unknown.isPresent()) {
      return "%s: no leader is known, the brokers answer %s"
          .formatted(partition, Errors.forException(unknown.get()));
    }
    if (view.topicId(partition.topic()).isEmpty()) {
      return partition + ": no broker has told who leads it";
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
            trouble(reading, leader.broker()));
  }

  private String trouble(Reading reading, Broker broker) {
    Errors error = Objects.requireNonNullElse(reading.error, fetches.error(broker));
    if (error != Errors.NONE) {
      return "answers every fetch with " + error;
    }
    if (connections.isThrottled(broker)) {
      return "is not asked, since it throttles this client";
    }
    if (fetches.isWithoutMemory()) {
      return FetchSize.trouble();
    }
    return fetches.isStarved()
        ? "is not asked, since what was read and not yet written takes all the memory"
        : "does not answer";
  }

  /** How long until {@link #look} has something to do. */
  long nanosToNext(long now) {
    return Math.max(0, lookAt - now);
  }
}
