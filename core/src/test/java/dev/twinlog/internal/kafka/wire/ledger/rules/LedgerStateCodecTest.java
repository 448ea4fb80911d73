package dev.twinlog.internal.kafka.wire.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.kafka.wire.ledger.TransactionalIds;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class LedgerStateCodecTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("s", 0), new TopicPartition("t", 1));

  private static final LedgerState STATE =
      new LedgerState(
          2,
          0x1122,
          (short) 5,
          new Uuid(0x0a, 0x0b),
          0x77,
          0x99,
          0x66,
          List.of(new SequenceRange(0x1121, (short) 4, 0x7ffffffe, 3, 0x80)),
          Optional.of(new RecordId(0x7f, 0x1121, (short) 4, 0x7ffffffd)),
          List.of(0x1120L, 0x1111L));

  private static final LedgerState WITHOUT_PRODUCERS = asBefore(STATE.fromEpoch());
  private static final LedgerState WITHOUT_EPOCH = asBefore(LedgerState.EPOCH_UNKNOWN);

  private static final GoldenFile FIRST = GoldenFile.of("0.1/ledger-state");
  private static final GoldenFile WITH_EPOCH = GoldenFile.of("0.2/ledger-state");
  private static final GoldenFile WITH_PRODUCERS = GoldenFile.of("0.3/ledger-state");

  /** The state without former producers. */
  private static LedgerState asBefore(int fromEpoch) {
    return new LedgerState(
        STATE.generation(),
        STATE.producerId(),
        STATE.epoch(),
        STATE.topicId(),
        STATE.formerOwnersSinceMs(),
        STATE.from(),
        fromEpoch,
        STATE.ranges(),
        STATE.anchor(),
        List.of());
  }

  @Test
  void write_isUnchanged() {
    WITH_PRODUCERS.isWritten(LedgerStateCodec.write(STATE));
  }

  @Test
  void everyVersion_isRead() {
    assertThat(LedgerStateCodec.read(ROUTE, FIRST.bytes())).isEqualTo(WITHOUT_EPOCH);
    assertThat(LedgerStateCodec.read(ROUTE, WITH_EPOCH.bytes())).isEqualTo(WITHOUT_PRODUCERS);
    assertThat(LedgerStateCodec.read(ROUTE, WITH_PRODUCERS.bytes())).isEqualTo(STATE);
    assertThat(LedgerStateCodec.read(ROUTE, WITH_PRODUCERS.grown())).isEqualTo(STATE);
    LedgerState small =
        new LedgerState(
            0,
            1,
            (short) 0,
            Uuid.ZERO_UUID,
            LedgerState.NO_FORMER_OWNERS,
            0,
            LedgerState.EPOCH_UNKNOWN,
            List.of(),
            Optional.empty(),
            List.of());
    assertThat(LedgerStateCodec.read(ROUTE, LedgerStateCodec.write(small))).isEqualTo(small);
    assertThatThrownBy(() -> LedgerStateCodec.read(ROUTE, FIRST.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll(ROUTE.toString(), "it needs Twinlog 7.3 or newer");
  }

  @Test
  void anotherVersion_isRefused() {
    byte[] stored = LedgerStateCodec.write(STATE);
    stored[0] = 2;
    assertThatThrownBy(() -> LedgerStateCodec.read(ROUTE, stored))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("format version 2", "another version");
  }

  @Test
  void everyShorterForm_isRefused() {
    byte[] stored = LedgerStateCodec.write(STATE);
    int withoutProducers = stored.length - Integer.BYTES - 2 * Long.BYTES; // as 0.2 wrote it
    int withoutEpoch = withoutProducers - Integer.BYTES; // as 0.1 wrote it
    for (int length = 0; length < stored.length; length++) {
      if (length == withoutEpoch || length == withoutProducers) {
        continue;
      }
      byte[] point = Arrays.copyOf(stored, length);
      assertThatThrownBy(() -> LedgerStateCodec.read(ROUTE, point))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void theNextSession_hasTheLatestProducersOfThoseBefore() {
    assertThat(STATE.formerProducersOf(0x1122)).containsExactly(0x1121L, 0x1120L, 0x1111L);
    assertThat(STATE.formerProducersOf(0x2000)).containsExactly(0x1122L, 0x1121L, 0x1120L, 0x1111L);
    LedgerState next = STATE;
    for (long id = 0x3000; id < 0x3040; id++) {
      next =
          new LedgerState(
              2,
              id,
              (short) 0,
              STATE.topicId(),
              0,
              0,
              0,
              List.of(),
              Optional.empty(),
              next.formerProducersOf(id));
    }
    assertThat(next.formerProducers())
        .hasSize(LedgerState.MOST_FORMER_PRODUCERS)
        .startsWith(0x303eL, 0x303dL);
  }

  @Test
  void twoRoutes_neverShareATransactionalId() {
    assertThat(id("a", 1, "2.b", 3)).isNotEqualTo(id("a.1", 2, "b", 3));
    assertThat(id("a", 1, "b/2", 3)).isNotEqualTo(id("a", 1, "b", 2));
    assertThat(id("orders", 4, "orders", 7))
        .isEqualTo("twinlog.link.0/orders/4/orders/7")
        .startsWith("twinlog.link.");
  }

  private static String id(String target, int targetPartition, String source, int partition) {
    return TransactionalIds.of(
        "link",
        0,
        new Route(
            new TopicPartition(source, partition), new TopicPartition(target, targetPartition)));
  }
}
