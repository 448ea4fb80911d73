package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.internal.verify.CopiedLink.CopiedPartition;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests how a pass over a link is divided. */
final class PassPartTest {
  private static final VerifyOptions OPTIONS = VerifyOptions.defaults();

  private final OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private final Map<TopicPartition, CopiedPartition> partitions = new HashMap<>();

  private TopicPartition copied(String topic, int partition, int targetPartition, long offsets) {
    TopicPartition source = new TopicPartition(topic, partition);
    Route route = new Route(source, new TopicPartition(topic, targetPartition));
    Progress progress =
        new Progress(
            new SourcePartition(source, Optional.empty()),
            0,
            true,
            "",
            List.of(new RouteProgress(route, 0, 0, new byte[0])));
    SourceMap map = maps.open(progress);
    map.route(route).append(0, 0, offsets);
    map.checkpoint(offsets);
    partitions.put(source, new CopiedPartition(Optional.empty(), false, SkippedOffsets.none()));
    return source;
  }

  private List<PassPart> parts(VerifyOptions options, Duration perPass) {
    List<CopiedRoute> routes = maps.copied();
    return PassPart.of(
        new CopiedLink("link", routes, partitions, Map.of()), options, perPass, 0.25);
  }

  @Test
  void of_givesEachPartItsShareOfTheTime_atOneRate() {
    TopicPartition large = copied("orders", 0, 0, 60_000);
    TopicPartition small = copied("orders", 1, 1, 20_000);
    List<PassPart> parts = parts(OPTIONS, Duration.ofSeconds(80));
    assertThat(parts)
        .containsExactly(
            new PassPart(Optional.of(Set.of(large)), Duration.ofSeconds(60), 1_000, 0.25),
            new PassPart(Optional.of(Set.of(small)), Duration.ofSeconds(20), 1_000, 0.25));
    assertThat(parts(OPTIONS.sample(0.5), Duration.ofSeconds(80)).get(0).offsetsPerSecond())
        .isEqualTo(500);
  }

  @Test
  void of_putsSmallPartitionsTogether_andThoseOfOneTargetPartition() {
    for (int partition = 0; partition < 100; partition++) {
      copied("orders", partition, partition / 2, 10);
    }
    List<PassPart> parts = parts(OPTIONS, Duration.ofHours(1));
    assertThat(parts).hasSizeBetween(40, 60);
    assertThat(parts.stream().mapToInt(PassPart::size).sum()).isEqualTo(100);
    for (PassPart part : parts) {
      assertThat(part.size()).isEven();
      assertThat(part.time()).isGreaterThanOrEqualTo(Duration.ofMinutes(1));
    }
    assertThat(parts(OPTIONS, Duration.ofDays(100))).hasSize(50);
    assertThat(parts(OPTIONS, Duration.ofSeconds(1))).hasSizeBetween(6, 8);
  }

  @Test
  void of_leavesNoPartitionOut_andSelectsTopics() {
    partitions.put(
        new TopicPartition("empty", 0),
        new CopiedPartition(Optional.empty(), false, SkippedOffsets.none()));
    assertThat(parts(OPTIONS, Duration.ofHours(1)))
        .singleElement()
        .satisfies(part -> assertThat(part.size()).isEqualTo(1));
    copied("orders", 0, 0, 10);
    assertThat(parts(OPTIONS, Duration.ofHours(1)).stream().mapToInt(PassPart::size).sum())
        .isEqualTo(2);
    assertThat(parts(OPTIONS.topics(TopicSelector.named("absent")), Duration.ofHours(1))).isEmpty();
  }
}
