package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SkippedOffsets.Range;
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
  private static final Progress SKIPPING =
      WITH_EPOCH.skipping(
          SkippedOffsets.of(
                  List.of(new Range(0, 1), new Range(5, 300), new Range(1L << 62, Long.MAX_VALUE)))
              .with(300, OptionalInt.of(0))
              .with(301, OptionalInt.of(Integer.MAX_VALUE)));
  private static final Progress BARE =
      new Progress(
          new SourcePartition(new TopicPartition("", 0), Optional.empty()), 0, true, "", List.of());

  @Test
  void everyFieldComesBack() {
    assertThat(ProgressCodec.decode(ProgressCodec.encode(FULL))).isEqualTo(FULL);
    assertThat(ProgressCodec.decode(ProgressCodec.encode(WITH_EPOCH))).isEqualTo(WITH_EPOCH);
  }

  @Test
  void skippedOffsetsComeBack_withAndWithoutTheEpoch() {
    assertThat(ProgressCodec.decode(ProgressCodec.encode(SKIPPING))).isEqualTo(SKIPPING);
    Progress bare = BARE.skipping(SkippedOffsets.none().with(3));
    assertThat(ProgressCodec.decode(ProgressCodec.encode(bare))).isEqualTo(bare);
    CodecCases.meetsEveryDamagedByte(ProgressCodec.encode(SKIPPING), ProgressCodec::decode);
    CodecCases.skipsTrailingBytes(ProgressCodec.encode(SKIPPING), ProgressCodec::decode);
  }

  @Test
  void aProgressThatSkips_isRefusedIfItIsCut() {
    byte[] stored = ProgressCodec.encode(SKIPPING);
    for (int length = 0; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      assertThatThrownBy(() -> ProgressCodec.decode(cut))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining(length > 0 && length < 5 ? "format version 2" : "is damaged");
    }
  }

  @Test
  void aProgressThatSkips_isOfAFormThatOlderVersionsRefuse_andName() {
    byte[] stored = ProgressCodec.encode(SKIPPING);
    assertThat(stored).startsWith(2, 3, '0', '.', '4');
    assertThatThrownBy(() -> StoredForm.checkVersion("stored progress", stored, 0, 1))
        .hasMessageContaining("it needs Twinlog 0.4 or newer");
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
