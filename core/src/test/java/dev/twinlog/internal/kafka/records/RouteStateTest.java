package dev.twinlog.internal.kafka.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinlog.spi.LinkFailedException;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class RouteStateTest {
  private static final RouteState STATE =
      new RouteState(2, 0x0102030405060708L, 1_000, new Uuid(1, 2), "lz4");

  @Test
  void encode_isFrozen() {
    assertThat(HexFormat.of().formatHex(STATE.encode()))
        .isEqualTo(
            "5401"
                + "0002"
                + "0102030405060708"
                + "00000000000003e8"
                + "0000000000000001"
                + "0000000000000002"
                + "6c7a34");
  }

  @Test
  void decode_readsWhatWasEncoded() {
    assertThat(RouteState.decode(STATE.encode())).isEqualTo(STATE);
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
