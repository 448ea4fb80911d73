package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.TailReader.Place;
import dev.twinlog.internal.kafka.records.TailReader.Sight;
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
 * Looks, before a transaction is committed, whether the records that its routes had before are
 * still in the target: a transaction lands on a log that has lost its tail as well as on any other.
 *
 * <p>What was acknowledged is behind the last record in the log that took it, so a look behind the
 * acknowledgement and before the commit leaves no room for a loss between. It is needed where
 *
 * <ul>
 *   <li>records did not land where the log ended when it was last seen: somebody else writes there,
 *       now perhaps in the place of what is lost;
 *   <li>the last look is older than {@link RouteTail#TRUST_NANOS}: leaders may have changed.
 * </ul>
 *
 * <p>Confined to the thread of the loop.
 */
final class TailWatch {
  /** Asks where logs end, and under which leader epoch. */
  interface Ends {
    Map<TopicPartition, End> of(Collection<TopicPartition> partitions);
  }

  /** Looks for records. */
  interface Looks {
    Map<Route, Sight> look(Map<Route, Place> places);
  }

  /**
   * What landed of a route, and is not committed.
   *
   * @param first its first offset; empty if it is not known
   * @param next the offset behind its last record
   */
  record Landing(TransactionalRoute route, OptionalLong first, OptionalLong next) {}

  private final RouteSessions sessions;
  private final Ends ends;
  private final Looks looks;
  private final String alias;
  private final LogCleaning cleaning;

  /** Says whether records may be missing from a topic's logs. */
  interface LogCleaning {
    boolean isCompacted(String topic);
  }

  TailWatch(RouteSessions sessions, Ends ends, Looks looks, LogCleaning cleaning, String alias) {
    this.sessions = sessions;
    this.ends = ends;
    this.looks = looks;
    this.cleaning = cleaning;
    this.alias = alias;
  }

  /**
   * Fails the routes whose last record is gone, or can't be looked at.
   *
   * @return whether nothing speaks against the commit
   */
  boolean confirms(List<Landing> landings, long nowNanos) {
    boolean good = true;
    Map<TopicPartition, Long> firsts = new HashMap<>();
    for (Landing landing : landings) {
      landing
          .first()
          .ifPresent(at -> firsts.merge(landing.route().route().target(), at, Math::min));
    }
    List<Landing> due = new ArrayList<>();
    for (Landing landing : landings) {
      Anchor last = landing.route().tail().last();
      if (last != null
          && landing.first().isPresent()
          && landing.first().getAsLong() <= last.offset()) {
        landing.route().fail(gone(landing.route().route(), last));
        good = false;
      } else if (isDue(landing, firsts, nowNanos)) {
        due.add(landing);
      }
    }
    return look(due, nowNanos) && good;
  }

  private boolean isDue(Landing landing, Map<TopicPartition, Long> firsts, long nowNanos) {
    TopicPartition target = landing.route().route().target();
    return landing.route().tail().isOld(nowNanos)
        || landing.first().isEmpty()
        || firsts.getOrDefault(target, -1L) != sessions.end(target);
  }

  private boolean look(List<Landing> due, long nowNanos) {
    if (due.isEmpty()) {
      return true;
    }
    try {
      return compare(due, nowNanos);
    } catch (ReplicationException e) {
      due.forEach(landing -> landing.route().fail(e));
      return false;
    }
  }

  private boolean compare(List<Landing> due, long nowNanos) {
    Map<TopicPartition, End> found =
        ends.of(due.stream().map(landing -> landing.route().route().target()).toList());
    Map<Route, Place> places = new LinkedHashMap<>();
    Map<Route, TransactionalRoute> asked = new HashMap<>();
    boolean good = true;
    for (Landing landing : due) {
      TransactionalRoute route = landing.route();
      TopicPartition target = route.route().target();
      End end = found.get(target);
      // a former leader may not know what has just landed
      if (end == null || end.offset() < landing.next().orElse(0)) {
        route.fail(
            new RetriableException("%s can't be asked now what %s holds".formatted(alias, target)));
        good = false;
        continue;
      }
      Anchor last = route.tail().last();
      boolean sameLeader =
          end.leaderEpoch() == route.tail().leaderEpoch()
              && end.leaderEpoch() != PartitionOffsets.UNKNOWN_EPOCH;
      if (sameLeader || last == null) {
        route.tail().seen(end.leaderEpoch(), nowNanos);
      } else {
        boolean compacted = cleaning.isCompacted(target.topic());
        places.put(
            route.route(),
            new Place(last.offset(), end.offset(), Optional.of(last.last()), true, compacted));
        asked.put(route.route(), route);
      }
    }
    Map<Route, Sight> seen = looks.look(places);
    for (Map.Entry<Route, TransactionalRoute> one : asked.entrySet()) {
      RouteTail tail = one.getValue().tail();
      Sight sight = seen.getOrDefault(one.getKey(), Sight.NOTHING);
      Anchor last = tail.last();
      if (sight.gone() && last != null) {
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

  private RetriableException gone(Route route, Anchor last) {
    return new RetriableException(
        "%s no longer holds the last record of %s at offset %d: its log has lost its tail, and the route is opened again"
            .formatted(alias, route, last.offset()));
  }
}
