package dev.twinlog.internal.kafka.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class PositionTopicTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("a.1", 3), new TopicPartition("b", 4));

  @Test
  void key_isFrozenAndReadBack() {
    byte[] key = PositionTopic.keyOf(ROUTE);
    assertThat(HexFormat.of().formatHex(key))
        .isEqualTo("0152" + "00000003" + "00000004" + "0003" + "612e31" + "62");
    assertThat(PositionTopic.routeOf("here", key)).isEqualTo(ROUTE);
  }

  @Test
  void value_isFrozenAndReadBack() {
    byte[] value = PositionTopic.valueOf(new Position(7, 1_000));
    assertThat(HexFormat.of().formatHex(value))
        .isEqualTo("01" + "0000000000000007" + "00000000000003e8");
    assertThat(PositionTopic.positionOf("here", value)).hasValue(new Position(7, 1_000));
    assertThat(PositionTopic.positionOf("here", null)).isEmpty();
  }

  @Test
  void whatIsUnknown_isRefusedByName() {
    byte[] value = PositionTopic.valueOf(new Position(7, 1_000));
    value[0] = 2;
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> PositionTopic.positionOf("offset 5 of t", value))
        .withMessageContaining("offset 5 of t has a value");
    byte[] key = Arrays.copyOf(PositionTopic.keyOf(ROUTE), 11);
    assertThatExceptionOfType(LinkFailedException.class)
        .isThrownBy(() -> PositionTopic.routeOf("offset 5 of t", key))
        .withMessageContaining("offset 5 of t has a key");
  }
}
