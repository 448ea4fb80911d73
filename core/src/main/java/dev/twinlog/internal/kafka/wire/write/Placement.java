package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Where one opened route goes: its leader. The topic's id is the one that was first seen. A topic
 * that is created again under the same name has another one, and nothing is written there: the
 * engine, which asks for the topic when writes stand still, stops the partition; if nobody does,
 * the route fails after a while.
 */
final class Placement {
  private static final long TOPIC_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long PARTITION_NANOS = Duration.ofSeconds(5).toNanos();

  private static final long LEAST_NANOS = Duration.ofMillis(10).toNanos();

  private final Route route;
  private final WriterContext parts;
  private @Nullable Uuid topicId;
  private long missingSince;
  private boolean missing;

  Placement(Route route, WriterContext parts) {
    this.route = route;
    this.parts = parts;
  }

  Uuid topicId() {
    return topicId == null ? Uuid.ZERO_UUID : topicId;
  }

  /**
   * The leader to send to now, if there is one.
   *
   * @throws ReplicationException if there will be none
   */
  Optional<Leader> find(long now) {
    Optional<Leader> leader = parts.cluster().leader(route.target());
    if (leader.isEmpty()) {
      judge(now);
      return leader;
    }
    Uuid id = leader.get().topicId();
    Uuid pinned = topicId;
    if (pinned != null && !pinned.equals(id)) {
      if (missingFor(now) > TOPIC_NANOS) {
        throw WriteErrors.createdAgain(route, parts.errors());
      }
      return Optional.empty();
    }
    topicId = id;
    missing = false;
    return leader;
  }

  private void judge(long now) {
    String topic = route.target().topic();
    int partitions = parts.cluster().partitions(topic);
    if (partitions > route.target().partition()) {
      missing = false; // a leader is being elected: that may take as long as brokers are away
      return;
    }
    long waited = missingFor(now);
    if (partitions > 0) {
      if (waited > PARTITION_NANOS) {
        throw WriteErrors.noSuchPartition(route, parts.errors(), partitions);
      }
      parts.cluster().refresh();
      return;
    }
    ApiException error = parts.cluster().error(topic).orElse(null);
    if (error != null && !(error instanceof org.apache.kafka.common.errors.RetriableException)) {
      throw parts
          .errors()
          .topic(
              "write " + route.source() + " to " + route.target(),
              "WRITE on Topic " + topic,
              error);
    }
    if (waited > TOPIC_NANOS) {
      throw WriteErrors.noMetadata(
          route, parts.errors(), Duration.ofNanos(TOPIC_NANOS).toSeconds());
    }
  }

  private long missingFor(long now) {
    if (!missing) {
      missing = true;
      missingSince = now;
    }
    return now - missingSince;
  }

  /** How long until {@link #find} may judge otherwise although nothing new is known. */
  long nanosToJudge(long now) {
    if (!missing) {
      return Long.MAX_VALUE;
    }
    long waited = now - missingSince;
    long left = (waited <= PARTITION_NANOS ? PARTITION_NANOS : TOPIC_NANOS) - waited;
    return Math.max(LEAST_NANOS, left + 1);
  }
}
