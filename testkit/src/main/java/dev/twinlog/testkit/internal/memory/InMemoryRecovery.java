package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.TargetRun;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Recovers a route in an in-memory cluster. Called under the cluster's lock.
 *
 * <p>A log keeps the source offset of each record or, as Kafka's does, only its content.
 *
 * <p>The route's state has the target topic's id, the target offset from which on there can be
 * records beyond the progress, and the number of truncations so far:
 *
 * <pre>
 * version 1 byte | topic id 16 | from 8 | truncations 4
 * </pre>
 */
public final class InMemoryRecovery {
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

  /** How many fingerprints of the last already written records are returned. */
  private static final int PRINTS = 20;

  private final ClusterState cluster;
  private final boolean bySourceOffset;

  /**
   * Recovery from a cluster.
   *
   * @param bySourceOffset whether its logs keep source offsets
   */
  public InMemoryRecovery(ClusterState cluster, boolean bySourceOffset) {
    this.cluster = cluster;
    this.bySourceOffset = bySourceOffset;
  }

  /**
   * Recovers a route.
   *
   * @param clean whether the caller reports that there is nothing beyond the progress
   * @throws LinkFailedException if that is not true of the route
   */
  public Recovery of(Route route, Optional<RouteProgress> known, boolean clean) {
    Recovery found = of(route, known);
    boolean held =
        (found instanceof Recovery.SkipRecords records && records.count() > 0)
            || (found instanceof Recovery.SkipMatching matching && matching.count() > 0);
    if (clean && held) {
      throw new LinkFailedException(
          "the route %s was reported as clean, but recovery found: %s".formatted(route, found));
    }
    return found;
  }

  private Recovery of(Route route, Optional<RouteProgress> known) {
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
      return progress.targetNext() > 0
          ? lost(log, topicId, 0, false)
          : held(log, route, topicId, 0);
    }
    long cut = log.lowestTruncationSince(state == null ? log.truncations() : state.truncations());
    if (progress.targetNext() > Math.min(cut, log.end())) {
      return lost(log, topicId, log.end(), state != null);
    }
    if (log.start() > from) {
      throw new PartitionFailedException(
          "what the target holds of %s is unknown: its log starts at %d, but records may have been at %d"
              .formatted(route, log.start(), from));
    }
    if (state != null) {
      checkWritten(log, route, state, progress);
    }
    return held(log, route, topicId, Math.min(from, log.end()));
  }

  /** Checks the count of written records, on which a log without source offsets depends. */
  private void checkWritten(InMemoryLog log, Route route, State state, RouteProgress progress) {
    long there =
        log.runs(route, state.from()).stream()
            .mapToLong(run -> Math.min(run.count(), progress.targetNext() - run.targetFirst()))
            .filter(count -> count > 0)
            .sum();
    if (!bySourceOffset && log.start() <= state.from() && there != progress.written()) {
      throw new LinkFailedException(
          "%s: the progress counts %d records since target offset %d, but the log has %d before %d"
              .formatted(route, progress.written(), state.from(), there, progress.targetNext()));
    }
  }

  private Recovery held(InMemoryLog log, Route route, Uuid topicId, long from) {
    List<OffsetRun> runs = log.runs(route, from);
    long count = runs.stream().mapToLong(OffsetRun::count).sum();
    byte[] state = new State(topicId, from, log.truncations()).encode();
    if (bySourceOffset) {
      return new Recovery.SkipRecords(count, runs, state);
    }
    Runs held = new Runs();
    List<Long> prints = new ArrayList<>();
    for (ReplicationRecord record : log.records(route, from)) {
      held.add(
          record.offset(), record.offset()); // joins records that are consecutive in the target
      prints.add(RecordFingerprint.of(record));
    }
    return new Recovery.SkipMatching(
        count,
        held.toList().stream().map(run -> new TargetRun(run.targetFirst(), run.count())).toList(),
        prints.subList(Math.max(0, prints.size() - PRINTS), prints.size()),
        true,
        state);
  }

  private static Recovery lost(
      InMemoryLog log, Uuid topicId, long survivingEnd, boolean sameTopic) {
    byte[] state = new State(topicId, log.end(), log.truncations()).encode();
    return new Recovery.Lost(survivingEnd, state, sameTopic, 0);
  }
}
