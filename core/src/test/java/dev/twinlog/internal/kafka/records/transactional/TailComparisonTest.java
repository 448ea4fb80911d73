package dev.twinlog.internal.kafka.records.transactional;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.PartitionOffsets.End;
import dev.twinlog.internal.kafka.records.transactional.TailComparison.Acknowledged;
import dev.twinlog.internal.kafka.records.transactional.TailComparison.Finding;
import dev.twinlog.internal.kafka.records.transactional.TailReader.QueryResult;
import dev.twinlog.internal.kafka.records.transactional.TailReader.RecordQuery;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/**
 * Tests with a target log that has the numbers of {@link #epochs} as leader epochs, one record
 * each.
 */
final class TailComparisonTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);
  private static final Route ROUTE = new Route(PARTITION, PARTITION);

  private final List<Integer> epochs = new ArrayList<>();
  private int leaderEpoch;
  private long committedEnd = Long.MAX_VALUE;

  private void written(int count, int epoch) {
    for (int i = 0; i < count; i++) {
      epochs.add(epoch);
    }
    leaderEpoch = epoch;
  }

  /** Returns the record of an epoch's leader at an offset. */
  private static ConsumerRecord<byte[], byte[]> record(long offset, int epoch) {
    return new ConsumerRecord<>(
        "t",
        0,
        offset,
        1_000 + offset,
        TimestampType.CREATE_TIME,
        0,
        1,
        null,
        new byte[] {(byte) epoch},
        new RecordHeaders(),
        Optional.of(epoch));
  }

  private static LastRecord last(long offset, int epoch, int knownEpoch) {
    return new LastRecord(
        LocatedRecord.fingerprint(record(offset, epoch), false), 1_000 + offset, knownEpoch);
  }

  private Map<Route, QueryResult> look(Map<Route, RecordQuery> queries) {
    Map<Route, QueryResult> seen = new java.util.HashMap<>();
    queries.forEach(
        (route, query) -> {
          Optional<ConsumerRecord<byte[], byte[]>> first = Optional.empty();
          Optional<ConsumerRecord<byte[], byte[]>> found = Optional.empty();
          for (long at = query.from(); at < epochs.size(); at++) {
            ConsumerRecord<byte[], byte[]> record = record(at, epochs.get((int) at));
            first = first.isPresent() ? first : Optional.of(record);
            boolean wanted =
                query.wanted().isEmpty() || LocatedRecord.matches(query.wanted().get(), record);
            if (found.isEmpty() && wanted && (!query.exact() || at == query.from())) {
              found = Optional.of(record);
            }
          }
          seen.put(
              route, new QueryResult(query.wanted().isPresent() && found.isEmpty(), first, found));
        });
    return seen;
  }

  /** Answers as brokers answer OffsetsForLeaderEpoch. */
  private OptionalLong commonEnd(TopicPartition partition, long next, int epoch) {
    TreeMap<Integer, Long> starts = new TreeMap<>();
    for (int i = epochs.size() - 1; i >= 0; i--) {
      starts.put(epochs.get(i), (long) i);
    }
    Map.Entry<Integer, Long> higher = starts.higherEntry(epoch);
    long end = higher == null ? epochs.size() : higher.getValue();
    return OptionalLong.of(Math.min(next, end));
  }

  private Finding compare(
      long next, boolean clean, Optional<LastRecord> committed, Optional<LocatedRecord> anchor) {
    Acknowledged known =
        new Acknowledged(
            ROUTE, next, clean, committed, anchor, new End(epochs.size(), leaderEpoch), false);
    return new TailComparison(
            this::look, this::commonEnd, (route, end) -> Math.min(end, committedEnd))
        .compare(List.of(known))
        .get(ROUTE);
  }

  @Test
  void aLastRecordThatIsThere_isKnownAgain_alsoBehindTheProgress() {
    written(100, 0);
    Finding clean = compare(100, true, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(clean.isLost()).isFalse();
    assertThat(clean.last()).hasValueSatisfying(at -> assertThat(at.offset()).isEqualTo(99));
    Finding unclean = compare(50, false, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(unclean.isLost()).isFalse();
    assertThat(unclean.intactUpTo()).isZero();
    assertThat(unclean.last()).hasValueSatisfying(at -> assertThat(at.offset()).isEqualTo(99));
  }

  @Test
  void aLogThatOthersFilledUpBeyondTheEnd_isLostFromWhereItsEpochsPart() {
    written(30, 0);
    written(1_500, 2);
    Finding found = compare(100, true, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(found)
        .isEqualTo(new Finding(true, 30, true, 0, 0, Optional.empty(), Optional.empty()));
  }

  @Test
  void ofATransactionWhoseMarkerIsLost_nothingCounts() {
    written(30, 0);
    written(1_500, 2);
    committedEnd = 20;
    Finding found = compare(100, true, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(found)
        .isEqualTo(new Finding(true, 20, true, 0, 0, Optional.empty(), Optional.empty()));
  }

  @Test
  void aLogThatOthersFilledUpShortOfTheEnd_isLostFromWhereItsEpochsPart() {
    written(30, 0);
    written(50, 2);
    Finding found = compare(100, true, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(found.isLost()).isTrue();
    assertThat(found.survivingEnd()).isEqualTo(30);
  }

  @Test
  void aSessionThatWroteNothing_goesByTheRecordThatItBeganBehind() {
    written(1_500, 2);
    Optional<LocatedRecord> anchor = Optional.of(new LocatedRecord(99, last(99, 0, 0)));
    assertThat(compare(100, false, Optional.empty(), anchor).survivingEnd()).isZero();
    assertThat(compare(100, false, Optional.empty(), anchor).isLost()).isTrue();
    // nothing is known of another progress than the session's
    assertThat(compare(120, false, Optional.empty(), anchor).isLost()).isFalse();
  }

  @Test
  void whatALaterLeaderOfOursMayHaveWritten_isCounted_whereItComesAgain() {
    written(30, 0);
    written(20, 1); // this link's, or the first of another writer
    written(1_500, 3);
    Finding found = compare(100, true, Optional.of(last(99, 1, 0)), Optional.empty());
    assertThat(found)
        .isEqualTo(new Finding(true, 30, true, 20, 0, Optional.empty(), Optional.empty()));
  }

  @Test
  void whatIsLostBehindTheProgressAlone_isNoRewind() {
    written(60, 0);
    written(100, 2);
    Finding found = compare(50, false, Optional.of(last(99, 0, 0)), Optional.empty());
    assertThat(found.isLost()).isFalse();
    assertThat(found.intactUpTo()).isEqualTo(60);
  }

  @Test
  void withoutAnyEpoch_nobodyCanSayWhatIsLeft() {
    written(1_500, 2);
    Finding found = compare(100, true, Optional.of(last(99, 0, -1)), Optional.empty());
    assertThat(found.isLost()).isTrue();
    assertThat(found.isExact()).isFalse();
  }

  @Test
  void withoutAFingerprint_theEndIsAllThatIsCompared() {
    written(80, 2);
    assertThat(compare(100, true, Optional.empty(), Optional.empty()).survivingEnd()).isEqualTo(80);
    written(20, 2);
    Finding found = compare(100, true, Optional.empty(), Optional.empty());
    assertThat(found.isLost()).isFalse();
    assertThat(found.last()).hasValueSatisfying(at -> assertThat(at.offset()).isEqualTo(99));
  }
}
