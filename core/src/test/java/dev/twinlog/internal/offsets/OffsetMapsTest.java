package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.Offsets;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class OffsetMapsTest {
  private static final TopicPartition A = new TopicPartition("orders", 0);
  private static final TopicPartition B = new TopicPartition("orders", 1);
  private static final TopicPartition X = new TopicPartition("eu.orders", 0);
  private static final TopicPartition Y = new TopicPartition("eu.orders", 1);

  private final OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private final Offsets offsets = new TranslatedOffsets(OffsetTranslator.exact(), maps.history());

  private static Progress from(TopicPartition source, TopicPartition... targets) {
    return new Progress(
        new SourcePartition(source, Optional.empty()),
        0,
        false,
        "",
        Arrays.stream(targets)
            .map(target -> new RouteProgress(new Route(source, target), 0, 0, new byte[0]))
            .toList());
  }

  /** Records of A go to X and Y by turns, records of B go to Y. */
  private void copy() {
    SourceMap a = maps.open(from(A, X, Y));
    SourceMap b = maps.open(from(B, Y));
    for (int i = 0; i < 10; i++) {
      a.route(new Route(A, X)).append(i * 2L, i, 1);
      a.route(new Route(A, Y)).append(i * 2L + 1, i * 2L, 1);
      b.route(new Route(B, Y)).append(i, i * 2L + 1, 1);
    }
    a.checkpoint(20);
    b.checkpoint(10);
  }

  @Test
  void aPartitionThatFeedsSeveral_isTranslatedIntoEach() {
    copy();
    assertThat(offsets.toTargets(A, 5)).isEqualTo(Map.of(X, new Exact(X, 3), Y, new Exact(Y, 4)));
    assertThat(offsets.toTarget(A, 5))
        .isInstanceOfSatisfying(
            Unavailable.class, none -> assertThat(none.reason()).contains("toTargets"));
    assertThat(offsets.toTarget(B, 5)).isEqualTo(new Exact(Y, 11));
  }

  @Test
  void aPartitionThatIsFedBySeveral_isTranslatedIntoEach() {
    copy();
    assertThat(offsets.toSources(Y, 6)).isEqualTo(Map.of(A, new Exact(A, 7), B, new Exact(B, 3)));
    assertThat(offsets.toSource(Y, 6))
        .isInstanceOfSatisfying(
            Unavailable.class, none -> assertThat(none.reason()).contains("toSources"));
    assertThat(offsets.toSource(X, 6)).isEqualTo(new Exact(A, 12));
  }

  @Test
  void aPartitionThatIsNotCopied_isUnavailable_andAWrongOffsetAnError() {
    assertThat(offsets.toTarget(A, 0)).isInstanceOf(Unavailable.class);
    assertThat(offsets.toTargets(A, 0)).isEmpty();
    assertThatThrownBy(() -> offsets.toSource(A, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
  }

  @Test
  void theCutIsThatOfAllRoutes_alsoOfOneThatWasNotStoredWithIt() {
    copy();
    StoredChunks store = new StoredChunks();
    store.save(maps.takeChanged());
    SourceMap a = maps.open(from(A, X, Y));
    a.route(new Route(A, X)).append(0, 0, 10);
    a.checkpoint(10);
    store.save(maps.takeChanged());
    a.route(new Route(A, X)).append(10, 10, 5);
    a.checkpoint(30);
    store.save(maps.takeChanged());
    a.checkpoint(33);
    store.save(maps.takeChanged());

    OffsetMaps loaded = OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, store.all());
    Offsets later = new TranslatedOffsets(OffsetTranslator.exact(), loaded.history());
    assertThat(later.toTargets(A, 34)).containsValue(new Pending(33)).hasSize(2);
    assertThat(later.toTargets(A, 33)).containsEntry(X, new Exact(X, 15));
    assertThat(later.toTarget(B, 3)).isEqualTo(new Exact(Y, 7));
  }

  @Test
  void identity_isTheSameNumber_asFarAsItIsCopied() {
    copy();
    Offsets same = new TranslatedOffsets(OffsetTranslator.identity(), maps.history());
    assertThat(same.toTarget(B, 7)).isEqualTo(new Exact(Y, 7));
    assertThat(same.toTarget(B, 11)).isEqualTo(new Pending(10));
    assertThat(same.toSources(Y, 7)).containsEntry(B, new Exact(B, 7)).hasSize(2);
  }
}
