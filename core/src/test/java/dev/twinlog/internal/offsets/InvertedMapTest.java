package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests that the map of a reverse link is that of the forward link, turned round. */
final class InvertedMapTest {
  private static final TopicPartition A = new TopicPartition("t", 0);
  private static final TopicPartition B = new TopicPartition("us.t", 0);
  private static final Route FORWARD = new Route(A, B);
  private static final Route BACK = new Route(B, A);

  private final OffsetMaps forward = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private final OffsetMaps back = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);

  private static Progress progress(Route route, long next, long targetNext) {
    return new Progress(
        new SourcePartition(route.source(), Optional.empty()),
        next,
        true,
        "",
        List.of(new RouteProgress(route, 0, targetNext, new byte[0])));
  }

  /** The forward map of random runs with gaps on both sides; returns where both end. */
  private long[] copied(Random random, int runs, long sourceFirst, long targetFirst) {
    SourceMap map = forward.open(progress(FORWARD, sourceFirst, targetFirst));
    long source = sourceFirst;
    long target = targetFirst;
    for (int i = 0; i < runs; i++) {
      source += random.nextInt(3);
      target += random.nextInt(3);
      int count = 1 + random.nextInt(5);
      map.route(FORWARD).append(source, target, count);
      source += count;
      target += count;
    }
    map.checkpoint(source);
    return new long[] {source, target};
  }

  private void invert(List<OffsetRun> after, long seam, long end) {
    InvertedMap.add(forward.copied().get(0), after, progress(BACK, seam, end), back);
  }

  private static Optional<Long> exact(Translation translation) {
    return translation instanceof Exact exact ? Optional.of(exact.offset()) : Optional.empty();
  }

  /** What the stored chunks say, as the reverse link loads them. */
  private OffsetMaps loaded() {
    return OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, back.takeChanged());
  }

  @Test
  void everyOffset_isTranslatedAsBefore_inBothDirections() {
    for (int seed = 0; seed < 20; seed++) {
      InvertedMapTest one = new InvertedMapTest();
      long[] ends = one.copied(new Random(seed), 500, 0, 0);
      one.invert(List.of(), ends[1], ends[0] + 7);
      OffsetHistory was = one.forward.history();
      OffsetHistory now = one.loaded().history();
      for (long offset = 0; offset < ends[1]; offset++) {
        assertThat(exact(now.toTarget(BACK, offset)))
            .as("seed %d, offset %d", seed, offset)
            .isPresent()
            .isEqualTo(exact(was.toSource(FORWARD, offset)));
      }
      for (long offset = 0; offset < ends[0]; offset++) {
        assertThat(exact(now.toSource(BACK, offset)))
            .as("seed %d, offset %d", seed, offset)
            .isPresent()
            .isEqualTo(exact(was.toTarget(FORWARD, offset)));
      }
      assertThat(exact(now.toTarget(BACK, ends[1])))
          .as("the next record will be behind what is there")
          .contains(ends[0] + 7);
    }
  }

  @Test
  void recordsBehindTheSavedMap_areMapped_andWhatIsCopiedBackFollows() {
    long[] ends = copied(new Random(1), 50, 0, 0);
    OffsetRun held = new OffsetRun(ends[0] + 2, ends[1] + 1, 10);
    long seam = held.targetNext();
    long end = held.sourceNext() + 20;
    invert(List.of(held), seam, end);
    OffsetMaps opened = loaded();
    SourceMap map = opened.open(progress(BACK, seam, end));
    map.route(BACK).append(seam, end + 1, 5);
    map.checkpoint(seam + 5);
    OffsetHistory now = opened.history();
    assertThat(exact(now.toTarget(BACK, ends[1] + 4))).contains(ends[0] + 5);
    assertThat(exact(now.toTarget(BACK, seam))).contains(end + 1);
    assertThat(exact(now.toSource(BACK, held.sourceNext()))).as("diverged").contains(seam);
    assertThat(exact(now.toSource(BACK, end + 3))).contains(seam + 2);
  }

  @Test
  void aLinkThatBeganLate_hasNothingBefore() {
    long[] ends = copied(new Random(2), 5, 100, 0);
    invert(List.of(), ends[1], 500);
    OffsetHistory now = loaded().history();
    long first = exact(forward.history().toSource(FORWARD, 0)).orElseThrow();
    assertThat(first).isGreaterThanOrEqualTo(100);
    assertThat(exact(now.toTarget(BACK, 0))).contains(first);
    assertThat(exact(now.toSource(BACK, 3))).isEqualTo(exact(now.toSource(BACK, first)));
  }

  @Test
  void whatWasCopiedWithoutAMap_staysUnavailable() {
    long[] ends = copied(new Random(3), 5, 100, 40);
    invert(List.of(), ends[1], ends[0]);
    OffsetHistory now = loaded().history();
    assertThat(now.toTarget(BACK, 39)).isInstanceOf(Unavailable.class);
    assertThat(now.toSource(BACK, 99)).isInstanceOf(Unavailable.class);
    assertThat(exact(now.toTarget(BACK, ends[1] - 1))).contains(ends[0] - 1);
  }

  @Test
  void whatBecameCoarse_isNeverTranslatedWrongly() {
    long[] ends = copied(new Random(4), 20_000, 0, 0);
    OffsetMaps.keepWithin(forward.bytes() / 2, List.of(forward));
    invert(List.of(), ends[1], ends[0]);
    OffsetHistory was = forward.history();
    OffsetHistory now = loaded().history();
    long exact = 0;
    for (long offset = 0; offset < ends[1]; offset++) {
      Optional<Long> found = exact(now.toTarget(BACK, offset));
      Optional<Long> right = exact(was.toSource(FORWARD, offset));
      if (found.isPresent() && right.isPresent()) {
        assertThat(found).as("offset %d", offset).isEqualTo(right);
        exact++;
      }
    }
    assertThat(exact).isGreaterThan(ends[1] / 10);
  }

  @Test
  void anEmptyMap_beginsWhereTheReverseLinkDoes() {
    var unused = forward.open(progress(FORWARD, 0, 0));
    invert(List.of(), 0, 12);
    assertThat(exact(loaded().history().toTarget(BACK, 0))).contains(12L);
  }
}
