package dev.twinlog.testkit;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link InMemoryCluster} holds of a route. Called under the cluster's lock.
 *
 * <p>The state that is handed out says from which target offset on there can be records of the
 * route beyond the progress, in which topic, and how often its tail had been lost by then:
 *
 * <pre>
 * version 1 byte | topic id 16 | from 8 | truncations 4
 * </pre>
 */
final class InMemoryRecovery {
  private static final byte VERSION = 1;
  private static final int SIZE = 1 + 16 + 8 + 4;

  private record State(Uuid topicId, long from, int truncations) {
    byte[] encode() {
      return ByteBuffer.allocate(SIZE)
          .put(VERSION)
          .putLong(topicId.getMostSignificantBits())
          .putLong(topicId.getLeastSignificantBits())
          .putLong(from)
          .putInt(truncations)
          .array();
    }

    static @Nullable State decode(Route route, byte[] bytes) {
      if (bytes.length == 0) {
        return null;
      }
      if (bytes[0] != VERSION || bytes.length != SIZE) {
        throw new LinkFailedException(
            "the sink's state of %s has format version %d and %d bytes, which is unknown"
                .formatted(route, bytes[0] & 0xff, bytes.length));
      }
      ByteBuffer in = ByteBuffer.wrap(bytes, 1, SIZE - 1);
      return new State(new Uuid(in.getLong(), in.getLong()), in.getLong(), in.getInt());
    }
  }

  private InMemoryRecovery() {}

  static Recovery of(InMemoryCluster cluster, Route route, Optional<RouteProgress> known) {
    InMemoryLog log = cluster.findLog(route.target());
    if (log == null) {
      throw new RetriableException("target partition " + route.target() + " does not exist");
    }
    Uuid topicId = Objects.requireNonNull(cluster.topicId(route.target().topic()));
    if (known.isEmpty()) {
      return held(log, route, topicId, log.end());
    }
    RouteProgress progress = known.get();
    State state = State.decode(route, progress.sinkState());
    long from = Math.max(progress.targetNext(), state == null ? 0 : state.from());
    if (state != null && !state.topicId().equals(topicId)) {
      return progress.targetNext() > 0 ? lost(log, topicId) : held(log, route, topicId, 0);
    }
    long cut = log.lowestTruncationSince(state == null ? log.truncations() : state.truncations());
    if (progress.targetNext() > Math.min(cut, log.end())) {
      return lost(log, topicId);
    }
    if (log.start() > from) {
      throw new PartitionFailedException(
          "what the target holds of %s is unknown: its log starts at %d, but records may have been at %d"
              .formatted(route, log.start(), from));
    }
    return held(log, route, topicId, Math.min(from, log.end()));
  }

  private static Recovery held(InMemoryLog log, Route route, Uuid topicId, long from) {
    List<OffsetRun> runs = log.runs(route, from);
    long count = runs.stream().mapToLong(OffsetRun::count).sum();
    byte[] state = new State(topicId, from, log.truncations()).encode();
    return new Recovery.SkipRecords(count, runs, state);
  }

  private static Recovery lost(InMemoryLog log, Uuid topicId) {
    byte[] state = new State(topicId, log.end(), log.truncations()).encode();
    return new Recovery.Lost(log.end(), state);
  }
}
