package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the leader to which one opened route sends. The topic id is pinned when it is first seen. A
 * topic that was recreated under the same name has another id, and nothing is written to it: the
 * engine checks the topic when writes make no progress, and stops the partition; if it does not,
 * the route fails after a timeout.
 */
final class LeaderLookup {
  private static final long TOPIC_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long PARTITION_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long LEAST_NANOS = Duration.ofMillis(10).toNanos();

  private final Route route;
  private final WriterContext context;
  private @Nullable Uuid topicId;
  private long missingSince;
  private boolean missing;

  LeaderLookup(Route route, WriterContext context) {
    this.route = route;
    this.context = context;
  }

  Uuid topicId() {
    return topicId == null ? Uuid.ZERO_UUID : topicId;
  }

  /**
   * Returns the leader to send to now, if there is one.
   *
   * @throws ReplicationException if the route can't be written
   */
  Optional<Leader> find(long now) {
    Optional<Leader> leader = context.cluster().leader(route.target());
    if (leader.isEmpty()) {
      judge(now);
      return leader;
    }
    Uuid id = leader.get().topicId();
    Uuid pinned = topicId;
    if (pinned != null && !pinned.equals(id)) {
      if (missingFor(now) > TOPIC_NANOS) {
        throw WriteErrors.createdAgain(route, context.errors());
      }
      return Optional.empty();
    }
    topicId = id;
    missing = false;
    return leader;
  }

  private void judge(long now) {
    String topic = route.target().topic();
    int partitions = context.cluster().partitions(topic);
    if (partitions > route.target().partition()) {
      missing = false; // a leader is being elected, which takes as long as brokers are away
      return;
    }
    long waited = missingFor(now);
    if (partitions > 0) {
      if (waited > PARTITION_NANOS) {
        throw WriteErrors.noSuchPartition(route, context.errors(), partitions);
      }
      context.cluster().refresh();
      return;
    }
    ApiException error = context.cluster().error(topic).orElse(null);
    if (error != null && !(error instanceof org.apache.kafka.common.errors.RetriableException)) {
      throw context
          .errors()
          .topic(
              "write " + route.source() + " to " + route.target(),
              "WRITE on Topic " + topic,
              error);
    }
    if (waited > TOPIC_NANOS) {
      throw WriteErrors.noMetadata(
          route, context.errors(), Duration.ofNanos(TOPIC_NANOS).toSeconds());
    }
  }

  private long missingFor(long now) {
    if (!missing) {
      missing = true;
      missingSince = now;
    }
    return now - missingSince;
  }

  /** Returns how long until {@link #find} may fail although nothing new is known. */
  long nanosToJudge(long now) {
    if (!missing) {
      return Long.MAX_VALUE;
    }
    long waited = now - missingSince;
    long left = (waited <= PARTITION_NANOS ? PARTITION_NANOS : TOPIC_NANOS) - waited;
    return Math.max(LEAST_NANOS, left + 1);
  }
}
