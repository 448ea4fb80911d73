package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.transactional.TailReader.QueryResult;
import dev.twinlog.internal.kafka.records.transactional.TailReader.RecordQuery;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares target logs with what was acknowledged there. The last record of a route must still be
 * in the log: exactly at the end of the progress if that is known to be up to date, else there or
 * behind it. If another record is at its offset, the log has lost its tail, even if it has grown
 * since.
 *
 * <p>The offset of the loss is found by leader epochs: what a leader wrote under an epoch in which
 * the route's records were known to be there has survived; what was written under later epochs may
 * come from other writers. If the last such epoch is older than that of the last leader of the
 * route's records, some of these have survived as well, and are copied twice; they are counted.
 *
 * <p>Confined to the recovery thread; blocks.
 */
final class TailComparison {
  /** Looks records up. */
  interface RecordLookup {
    Map<Route, QueryResult> look(Map<Route, RecordQuery> queries);
  }

  /** Finds the offset at which logs diverge; see {@link TailReader#commonEnd}. */
  interface CommonEnds {
    OptionalLong of(TopicPartition partition, long next, int leaderEpoch);
  }

  /** Finds the end of the committed records of a log. */
  interface CommittedEnds {

    /**
     * Returns the offset behind the last committed record before {@code end}; records of a
     * transaction whose marker is lost are not committed.
     */
    long of(Route route, long end);
  }

  /**
   * A route with acknowledged records.
   *
   * @param next the target offset behind the last record in the progress
   * @param clean whether nothing was written behind that
   * @param committed the last record of all, as committed by the last session of the route
   * @param anchor the last record when that session began
   * @param end of the target's log
   * @param compacted whether records may be missing from it
   */
  record Acknowledged(
      Route route,
      long next,
      boolean clean,
      Optional<LastRecord> committed,
      Optional<LocatedRecord> anchor,
      End end,
      boolean compacted) {

    private RecordQuery query() {
      Optional<LastRecord> wanted =
          committed.or(() -> anchor.filter(at -> at.offset() == next - 1).map(LocatedRecord::last));
      boolean exact = clean || committed.isEmpty();
      return new RecordQuery(next - 1, end.offset(), wanted, exact, compacted);
    }
  }

  /**
   * The result for one route.
   *
   * @param isLost whether the target lost acknowledged records
   * @param survivingEnd if so, everything before this target offset is still there
   * @param isExact whether that could be determined
   * @param behind how many records may have survived that are copied again nevertheless
   * @param intactUpTo if positive, records behind the progress are lost, and those before this
   *     offset are not
   * @param last the last record, if it was found
   * @param trouble why the result is unknown
   */
  record Finding(
      boolean isLost,
      long survivingEnd,
      boolean isExact,
      long behind,
      long intactUpTo,
      Optional<LocatedRecord> last,
      Optional<ReplicationException> trouble) {

    /** Nothing was acknowledged, or the record is there. */
    static final Finding NOTHING = intact(Optional.empty());

    private static Finding intact(Optional<LocatedRecord> last) {
      return new Finding(false, 0, true, 0, 0, last, Optional.empty());
    }

    private static Finding lost(long survivingEnd, boolean exact, long behind) {
      return new Finding(true, survivingEnd, exact, behind, 0, Optional.empty(), Optional.empty());
    }

    private static Finding intactUpTo(long offset) {
      return new Finding(false, 0, true, 0, offset, Optional.empty(), Optional.empty());
    }

    private static Finding unknown(ReplicationException cause) {
      return new Finding(false, 0, false, 0, 0, Optional.empty(), Optional.of(cause));
    }
  }

  private final RecordLookup lookup;
  private final CommonEnds commonEnds;
  private final CommittedEnds committedEnds;

  TailComparison(RecordLookup lookup, CommonEnds commonEnds, CommittedEnds committedEnds) {
    this.lookup = lookup;
    this.commonEnds = commonEnds;
    this.committedEnds = committedEnds;
  }

  Map<Route, Finding> compare(Collection<Acknowledged> routes) {
    Map<Route, RecordQuery> queries = new LinkedHashMap<>();
    for (Acknowledged one : routes) {
      if (one.end().offset() >= one.next()) {
        queries.put(one.route(), one.query());
      }
    }
    Map<Route, QueryResult> results = lookup.look(queries);
    Map<Route, Finding> findings = new HashMap<>();
    for (Acknowledged one : routes) {
      QueryResult result = results.get(one.route());
      try {
        findings.put(one.route(), result == null ? tooShort(one) : of(one, result));
      } catch (ReplicationException e) {
        findings.put(one.route(), Finding.unknown(e));
      }
    }
    return findings;
  }

  private Finding tooShort(Acknowledged one) {
    Optional<LastRecord> wanted = one.query().wanted();
    if (epoch(wanted) == PartitionOffsets.UNKNOWN_EPOCH) {
      // it is unknown whether other writers have written there since
      return Finding.lost(one.end().offset(), true, 0);
    }
    return lost(one, epoch(wanted), one.end().leaderEpoch());
  }

  private Finding of(Acknowledged one, QueryResult result) {
    Optional<LastRecord> wanted = one.query().wanted();
    if (!result.gone()) {
      return Finding.intact(result.found().map(record -> anchor(record, wanted, one.end())));
    }
    int first = result.first().flatMap(ConsumerRecord::leaderEpoch).orElse(one.end().leaderEpoch());
    return lost(one, epoch(wanted), first);
  }

  private static int epoch(Optional<LastRecord> known) {
    return known.map(LastRecord::leaderEpoch).orElse(PartitionOffsets.UNKNOWN_EPOCH);
  }

  private static LocatedRecord anchor(
      ConsumerRecord<byte[], byte[]> record, Optional<LastRecord> wanted, End end) {
    return new LocatedRecord(
        record.offset(),
        new LastRecord(
            LocatedRecord.fingerprint(record, false),
            wanted.map(LastRecord::timestamp).orElse(record.timestamp()),
            end.leaderEpoch()));
  }

  /**
   * Returns the result where the last record is gone.
   *
   * @param known the last epoch under which the records were known to be there
   * @param other the epoch of what is there now
   */
  private Finding lost(Acknowledged one, int known, int other) {
    TopicPartition target = one.route().target();
    if (known == PartitionOffsets.UNKNOWN_EPOCH) {
      return Finding.lost(0, false, 0);
    }
    OptionalLong common = commonEnds.of(target, one.next(), known);
    if (common.isEmpty()) {
      return Finding.lost(0, false, 0);
    }
    long end = common.getAsLong();
    if (end < one.next()) {
      long before =
          other - 1 > known ? commonEnds.of(target, one.next(), other - 1).orElse(end) : end;
      long survivingEnd = committedEnds.of(one.route(), end);
      return Finding.lost(survivingEnd, true, Math.max(0, before - end));
    }
    // the leader of the last acknowledged record has not changed: it is there
    return one.query().exact()
        ? Finding.NOTHING
        : Finding.intactUpTo(
            Math.max(
                one.next(),
                committedEnds.of(
                    one.route(),
                    commonEnds.of(target, one.end().offset(), known).orElse(one.next()))));
  }
}
