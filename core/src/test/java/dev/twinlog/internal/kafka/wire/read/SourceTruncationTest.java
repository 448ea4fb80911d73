package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Asked;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.SourcePosition;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests how a reader finds that the source's log parts from what was read. */
final class SourceTruncationTest extends ScriptedRead {
  @Test
  void whereTheLeaderParts_fromWhatNobodyRead_itsOwnEpochIsComparedNext() {
    EpochSourceReader compares = (EpochSourceReader) reader;
    compares.assignAt(Map.of(P0, new SourcePosition(1_000, OptionalInt.of(3))));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).cut(0, 2, 600).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 1000..600 TRUNCATION"));
    assertThat(compares.leaderEpoch(P0, 600)).hasValue(2);
    reader.release(Set.of(P0));
    reader.assign(Map.of(P0, 600L));
    assertThat(awaitFetch(1).wanted()).isEqualTo(Map.of(0, new Asked(600, EPOCH, 2)));
  }

  @Test
  void theEpochThatTheProgressKept_isComparedByTheFirstFetch() {
    ((EpochSourceReader) reader).assignAt(Map.of(P0, new SourcePosition(1_000, OptionalInt.of(3))));
    assertThat(awaitFetch(0).wanted()).isEqualTo(Map.of(0, new Asked(1_000, EPOCH, 3)));
    // all of the leader's log is younger, and begins at 0
    broker.answer(FetchScript.in(broker, 77).cut(0, 3, 0).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 1000..0 TRUNCATION"));
  }

  @Test
  void whatAFormerReaderRead_isComparedByTheNext() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, batch(0, 5, 2), batch(5, 4, 3)).body());
    awaitFetch(1);
    assertThat(((EpochSourceReader) reader).leaderEpoch(P0, 9)).hasValue(3);
    assertThat(((EpochSourceReader) reader).leaderEpoch(P0, 5)).hasValue(2);
    reader.close();
    reader = reader(1 << 20);
    reader.assign(Map.of(P0, 9L));
    assertThat(awaitFetch(2).wanted()).isEqualTo(Map.of(0, new Asked(9, EPOCH, 3)));
  }

  @Test
  void aLeaderThatMoved_isLookedForAndTheFetchGoesOn() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.leaderEpoch = 6;
    broker.answer(FetchScript.in(broker, 77).error(0, 74).body()); // FENCED_LEADER_EPOCH
    assertThat(awaitFetch(1).wanted()).isEqualTo(Map.of(0, new Asked(0, 6, -1)));
    assertThat(heard.log).isEmpty();
  }
}
