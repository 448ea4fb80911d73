package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.transactional.TailReader.QueryResult;
import dev.twinlog.internal.kafka.records.transactional.TailReader.RecordQuery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Checks, before a transaction is committed, whether the records that its routes had before are
 * still in the target: a log that has lost its tail accepts a transaction like any other.
 *
 * <p>What was acknowledged is behind the last record in the log that accepted it, so a check after
 * the acknowledgement and before the commit misses no loss between. It is needed where
 *
 * <ul>
 *   <li>records were not appended where the log ended when it was last seen: there is another
 *       writer, perhaps now at the offsets of lost records;
 *   <li>the last check is older than {@link RouteTail#TRUST_NANOS}: leaders may have changed.
 * </ul>
 *
 * <p>Confined to the thread of the loop.
 */
final class TailWatch {
  /** Queries the ends of logs with their leader epochs. */
  interface Ends {
    Map<TopicPartition, End> of(Collection<TopicPartition> partitions);
  }

  /** Looks records up. */
  interface RecordLookup {
    Map<Route, QueryResult> look(Map<Route, RecordQuery> queries);
  }

  /**
   * The records of a route that were appended and are not committed.
   *
   * @param first the first offset; empty if it is not known
   * @param next the offset behind the last record
   */
  record AppendedRange(TransactionalRoute route, OptionalLong first, OptionalLong next) {}

  private final RouteSessions sessions;
  private final Ends ends;
  private final RecordLookup lookup;
  private final String alias;
  private final LogCleaning cleaning;

  /** Whether records may be missing from a topic's logs. */
  interface LogCleaning {
    boolean isCompacted(String topic);
  }

  TailWatch(
      RouteSessions sessions, Ends ends, RecordLookup lookup, LogCleaning cleaning, String alias) {
    this.sessions = sessions;
    this.ends = ends;
    this.lookup = lookup;
    this.cleaning = cleaning;
    this.alias = alias;
  }

  /**
   * Fails the routes whose last record is gone, or can't be checked.
   *
   * @return whether the transaction may be committed
   */
  boolean confirms(List<AppendedRange> appendedRanges, long nowNanos) {
    boolean good = true;
    Map<TopicPartition, Long> firsts = new HashMap<>();
    for (AppendedRange appended : appendedRanges) {
      appended
          .first()
          .ifPresent(at -> firsts.merge(appended.route().route().target(), at, Math::min));
    }
    List<AppendedRange> due = new ArrayList<>();
    for (AppendedRange appended : appendedRanges) {
      LocatedRecord last = appended.route().tail().last();
      if (last != null
          && appended.first().isPresent()
          && appended.first().getAsLong() <= last.offset()) {
        appended.route().fail(gone(appended.route().route(), last));
        good = false;
      } else if (isDue(appended, firsts, nowNanos)) {
        due.add(appended);
      }
    }
    return look(due, nowNanos) && good;
  }

  private boolean isDue(AppendedRange appended, Map<TopicPartition, Long> firsts, long nowNanos) {
    TopicPartition target = appended.route().route().target();
    return appended.route().tail().isOld(nowNanos)
        || appended.first().isEmpty()
        || firsts.getOrDefault(target, -1L) != sessions.end(target);
  }

  private boolean look(List<AppendedRange> due, long nowNanos) {
    if (due.isEmpty()) {
      return true;
    }
    try {
      return compare(due, nowNanos);
    } catch (ReplicationException e) {
      due.forEach(appended -> appended.route().fail(e));
      return false;
    }
  }

  private boolean compare(List<AppendedRange> due, long nowNanos) {
    Map<TopicPartition, End> found =
        ends.of(due.stream().map(appended -> appended.route().route().target()).toList());
    Map<Route, RecordQuery> queries = new LinkedHashMap<>();
    Map<Route, TransactionalRoute> asked = new HashMap<>();
    boolean good = true;
    for (AppendedRange appended : due) {
      TransactionalRoute route = appended.route();
      TopicPartition target = route.route().target();
      End end = found.get(target);
      // a former leader may not know what has just been appended
      if (end == null || end.offset() < appended.next().orElse(0)) {
        route.fail(
            new RetriableException(
                "%s can't be queried now for the records of %s".formatted(alias, target)));
        good = false;
        continue;
      }
      LocatedRecord last = route.tail().last();
      boolean sameLeader =
          end.leaderEpoch() == route.tail().leaderEpoch()
              && end.leaderEpoch() != PartitionOffsets.UNKNOWN_EPOCH;
      if (sameLeader || last == null) {
        route.tail().seen(end.leaderEpoch(), nowNanos);
      } else {
        boolean compacted = cleaning.isCompacted(target.topic());
        queries.put(
            route.route(),
            new RecordQuery(
                last.offset(), end.offset(), Optional.of(last.last()), true, compacted));
        asked.put(route.route(), route);
      }
    }
    Map<Route, QueryResult> results = lookup.look(queries);
    for (Map.Entry<Route, TransactionalRoute> one : asked.entrySet()) {
      RouteTail tail = one.getValue().tail();
      QueryResult result = results.getOrDefault(one.getKey(), QueryResult.NOTHING);
      LocatedRecord last = tail.last();
      if (result.gone() && last != null) {
        one.getValue().fail(gone(one.getKey(), last));
        good = false;
      } else {
        tail.seen(epochOf(found.get(one.getKey().target())), nowNanos);
      }
    }
    return good;
  }

  private static int epochOf(@Nullable End end) {
    return end == null ? PartitionOffsets.UNKNOWN_EPOCH : end.leaderEpoch();
  }

  private RetriableException gone(Route route, LocatedRecord last) {
    return new RetriableException(
        "%s no longer holds the last record of %s at offset %d: its log has lost its tail, and the route is reopened"
            .formatted(alias, route, last.offset()));
  }
}
