package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class ProgressCodecTest {
  private static final TopicPartition ORDERS_3 = new TopicPartition("orders", 3);
  private static final Progress FULL =
      new Progress(
          new SourcePartition(ORDERS_3, Optional.of(new Uuid(-1, Long.MIN_VALUE))),
          1_234_567_890_123L,
          false,
          "transform=1,mapper=keyHash/12",
          List.of(
              route(0, 17, 18, new byte[] {1, 0, -1}),
              route(1, 0, 0, new byte[0]),
              route(2, Long.MAX_VALUE, Long.MAX_VALUE, new byte[] {0})));
  private static final Progress WITH_EPOCH =
      new Progress(
          FULL.source(),
          FULL.sourceNext(),
          false,
          FULL.stagesFingerprint(),
          FULL.routes(),
          OptionalInt.of(7));
  private static final Progress BARE =
      new Progress(
          new SourcePartition(new TopicPartition("", 0), Optional.empty()), 0, true, "", List.of());

  @Test
  void everyFieldComesBack() {
    assertThat(ProgressCodec.decode(ProgressCodec.encode(FULL))).isEqualTo(FULL);
    assertThat(ProgressCodec.decode(ProgressCodec.encode(WITH_EPOCH))).isEqualTo(WITH_EPOCH);
  }

  @Test
  void emptyAndAbsentComeBackAsTheyWere() {
    assertThat(ProgressCodec.decode(ProgressCodec.encode(BARE))).isEqualTo(BARE);
  }

  @Test
  void aBigStateAndManyRoutesComeBack() {
    List<RouteProgress> routes =
        IntStream.range(0, 2_000)
            .mapToObj(partition -> route(partition, partition, partition, new byte[700]))
            .toList();
    Progress big = new Progress(FULL.source(), 5, true, "größer ☃", routes);
    assertThat(ProgressCodec.decode(ProgressCodec.encode(big))).isEqualTo(big);
  }

  @Test
  void everyTruncationIsRefused() {
    CodecCases.refusesEveryTruncation(ProgressCodec.encode(FULL), ProgressCodec::decode);
    CodecCases.refusesEveryTruncation(ProgressCodec.encode(BARE), ProgressCodec::decode);
  }

  @Test
  void theSourceLeaderEpochIsTheOnlyFieldThatMayBeAbsent() {
    byte[] stored = ProgressCodec.encode(WITH_EPOCH);
    int before = ProgressCodec.encode(FULL).length;
    assertThat(ProgressCodec.decode(Arrays.copyOf(stored, before))).isEqualTo(FULL);
    for (int length = before + 1; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      assertThatThrownBy(() -> ProgressCodec.decode(cut)).hasMessageContaining("damaged");
    }
  }

  @Test
  void whatANewerVersionAddsIsSkipped() {
    CodecCases.skipsTrailingBytes(ProgressCodec.encode(WITH_EPOCH), ProgressCodec::decode);
  }

  @Test
  void anUnknownVersionIsRefused() {
    CodecCases.refusesOtherVersions(ProgressCodec.encode(FULL), ProgressCodec::decode);
  }

  @Test
  void aDamagedByteNeverGivesAnythingButAValueOrARefusal() {
    CodecCases.meetsEveryDamagedByte(ProgressCodec.encode(FULL), ProgressCodec::decode);
  }

  private static RouteProgress route(int target, long written, long next, byte[] state) {
    Route route = new Route(ORDERS_3, new TopicPartition("eu.orders", target));
    return new RouteProgress(route, written, next, state);
  }
}
