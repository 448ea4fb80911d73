package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.TailReader.Place;
import dev.twinlog.internal.kafka.records.TailReader.Sight;
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
 * Compares what target logs hold with what was acknowledged there. The last record of a route must
 * still be in the log: at the end of the progress if that is known to be up to date, else there or
 * behind it. If another one is in its place, the log has lost its tail, however far others have
 * filled it up since.
 *
 * <p>Where the logs part is found by leader epochs: what a leader wrote under an epoch in which our
 * records were known to be there has survived, what was written under later ones may be somebody
 * else's. If the last such epoch is older than the last leader of our records, some of these have
 * survived, too, and come twice; they are counted.
 *
 * <p>Confined to the recovery thread; blocks.
 */
final class TailComparison {
  /** Looks for records. */
  interface Looks {
    Map<Route, Sight> look(Map<Route, Place> places);
  }

  /** Finds where logs part; see {@link TailReader#commonEnd}. */
  interface CommonEnds {
    OptionalLong of(TopicPartition partition, long next, int leaderEpoch);
  }

  /** Finds out what of a log counts. */
  interface CommittedEnds {

    /**
     * The offset behind the last committed record before {@code end}; a transaction whose marker is
     * lost is none.
     */
    long of(Route route, long end);
  }

  /**
   * What is known of a route of which something was acknowledged.
   *
   * @param next the target offset behind the last record that the progress knows
   * @param clean whether nothing was written behind that
   * @param committed the last record of all, as the last session of the route has committed it
   * @param anchor the last record when that session began
   * @param end of the target's log
   * @param compacted whether records may be missing from it
   */
  record Acknowledged(
      Route route,
      long next,
      boolean clean,
      Optional<LastRecord> committed,
      Optional<Anchor> anchor,
      End end,
      boolean compacted) {

    private Place place() {
      Optional<LastRecord> wanted =
          committed.or(() -> anchor.filter(at -> at.offset() == next - 1).map(Anchor::last));
      boolean exact = clean || committed.isEmpty();
      return new Place(next - 1, end.offset(), wanted, exact, compacted);
    }
  }

  /**
   * What became of the last record of a route.
   *
   * @param isLost whether the target lost acknowledged records
   * @param survivingEnd if so, everything before this target offset is still there
   * @param isExact whether that could be found out
   * @param behind how many records may have survived that are copied again all the same
   * @param heldUpTo if positive, records behind the progress are lost, and those before this offset
   *     are not
   * @param last the last record, if it was seen
   * @param trouble why nothing can be said
   */
  record Finding(
      boolean isLost,
      long survivingEnd,
      boolean isExact,
      long behind,
      long heldUpTo,
      Optional<Anchor> last,
      Optional<ReplicationException> trouble) {

    /** There is nothing to look at. */
    static final Finding NOTHING = intact(Optional.empty());

    private static Finding intact(Optional<Anchor> last) {
      return new Finding(false, 0, true, 0, 0, last, Optional.empty());
    }

    private static Finding lost(long survivingEnd, boolean exact, long behind) {
      return new Finding(true, survivingEnd, exact, behind, 0, Optional.empty(), Optional.empty());
    }

    private static Finding heldUpTo(long offset) {
      return new Finding(false, 0, true, 0, offset, Optional.empty(), Optional.empty());
    }

    private static Finding unknown(ReplicationException cause) {
      return new Finding(false, 0, false, 0, 0, Optional.empty(), Optional.of(cause));
    }
  }

  private final Looks looks;
  private final CommonEnds commonEnds;
  private final CommittedEnds committedEnds;

  TailComparison(Looks looks, CommonEnds commonEnds, CommittedEnds committedEnds) {
    this.looks = looks;
    this.commonEnds = commonEnds;
    this.committedEnds = committedEnds;
  }

  Map<Route, Finding> compare(Collection<Acknowledged> routes) {
    Map<Route, Place> places = new LinkedHashMap<>();
    for (Acknowledged one : routes) {
      if (one.end().offset() >= one.next()) {
        places.put(one.route(), one.place());
      }
    }
    Map<Route, Sight> seen = looks.look(places);
    Map<Route, Finding> findings = new HashMap<>();
    for (Acknowledged one : routes) {
      Sight sight = seen.get(one.route());
      try {
        findings.put(one.route(), sight == null ? tooShort(one) : of(one, sight));
      } catch (ReplicationException e) {
        findings.put(one.route(), Finding.unknown(e));
      }
    }
    return findings;
  }

  private Finding tooShort(Acknowledged one) {
    Optional<LastRecord> wanted = one.place().wanted();
    if (epoch(wanted) == PartitionOffsets.UNKNOWN_EPOCH) {
      // nobody can say whether others have written there since
      return Finding.lost(one.end().offset(), true, 0);
    }
    return lost(one, epoch(wanted), one.end().leaderEpoch());
  }

  private Finding of(Acknowledged one, Sight sight) {
    Optional<LastRecord> wanted = one.place().wanted();
    if (!sight.gone()) {
      return Finding.intact(sight.found().map(record -> anchor(record, wanted, one.end())));
    }
    int first = sight.first().flatMap(ConsumerRecord::leaderEpoch).orElse(one.end().leaderEpoch());
    return lost(one, epoch(wanted), first);
  }

  private static int epoch(Optional<LastRecord> known) {
    return known.map(LastRecord::leaderEpoch).orElse(PartitionOffsets.UNKNOWN_EPOCH);
  }

  private static Anchor anchor(
      ConsumerRecord<byte[], byte[]> record, Optional<LastRecord> wanted, End end) {
    return new Anchor(
        record.offset(),
        new LastRecord(
            Anchor.fingerprint(record, false),
            wanted.map(LastRecord::timestamp).orElse(record.timestamp()),
            end.leaderEpoch()));
  }

  /**
   * The last record is gone.
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
    return one.place().exact()
        ? Finding.NOTHING
        : Finding.heldUpTo(
            Math.max(
                one.next(),
                committedEnds.of(
                    one.route(),
                    commonEnds.of(target, one.end().offset(), known).orElse(one.next()))));
  }
}
