package dev.twinlog.internal.kafka.records.transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.spi.LinkFailedException;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class RouteStateTest {
  private static final RouteState STATE =
      new RouteState(
          2, 0x0102030405060708L, 1_000, new Uuid(1, 2), "lz4", Optional.empty(), Uuid.ZERO_UUID);

  private static final RouteState ANCHORED =
      new RouteState(
          2,
          0x0102030405060708L,
          1_000,
          new Uuid(1, 2),
          "lz4",
          Optional.of(
              new LocatedRecord(999, new LastRecord(0x1112131415161718L, 1_700_000_000_000L, 7))),
          new Uuid(3, 4));

  private static final GoldenFile FIRST = GoldenFile.of("0.1/record-path-state");
  private static final GoldenFile SECOND = GoldenFile.of("0.2/record-path-state");

  @Test
  void encode_isAsEver() {
    FIRST.isWritten(STATE.encode());
    SECOND.isWritten(ANCHORED.encode());
  }

  @Test
  void decode_readsEveryVersion() {
    assertThat(RouteState.decode(FIRST.bytes())).isEqualTo(STATE);
    assertThat(RouteState.decode(SECOND.bytes())).isEqualTo(ANCHORED);
    assertThat(RouteState.decode(SECOND.grown())).isEqualTo(ANCHORED);
    RouteState without =
        new RouteState(2, 5, 1_000, new Uuid(1, 2), "lz4", Optional.empty(), new Uuid(3, 4));
    assertThat(RouteState.decode(without.encode())).isEqualTo(without);
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> RouteState.decode(FIRST.raised(1)))
        .withMessageContaining("it needs Twinlog 7.3 or newer");
  }

  @Test
  void decode_refusesOtherVersionsAndDamage() {
    byte[] other = STATE.encode();
    other[1] = 9;
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> RouteState.decode(other))
        .withMessageContaining("version 9");
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> RouteState.decode(Arrays.copyOf(STATE.encode(), 20)))
        .withMessageContaining("only 20 bytes");
  }

  @Test
  void transactionalIds_areThoseOfEveryLane() {
    assertThat(STATE.transactionalIds("a-b"))
        .containsExactly(
            "twinlog.a-b.records.0.lz4",
            "twinlog.a-b.records.0.lz4.apart",
            "twinlog.a-b.records.1.lz4",
            "twinlog.a-b.records.1.lz4.apart");
  }
}
