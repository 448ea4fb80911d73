package dev.twinlog.internal.offsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class RouteMapTest {
  private static final TopicPartition SOURCE = new TopicPartition("orders", 0);
  private static final TopicPartition TARGET = new TopicPartition("eu.orders", 0);
  private static final Route ROUTE = new Route(SOURCE, TARGET);

  private final OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);

  private static Progress progress(long sourceNext, long written, long targetNext) {
    return new Progress(
        new SourcePartition(SOURCE, Optional.empty()),
        sourceNext,
        false,
        "",
        List.of(new RouteProgress(ROUTE, written, targetNext, new byte[0])));
  }

  private static Translation atTarget(long offset) {
    return new Exact(TARGET, offset);
  }

  private static Translation atSource(long offset) {
    return new Exact(SOURCE, offset);
  }

  @Test
  void whereTheTargetEndsBehindTheLastRecord_isTheEndOfWhatWasCopied() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.append(10, 0, 3);
    source.checkpoint(20);
    assertThat(map.toSource(3)).isEqualTo(atSource(20));
    assertThat(map.toSource(5)).isEqualTo(new Pending(3));
    assertThat(map.targetEnd(5)).isTrue();
    assertThat(map.targetEnd(5)).isFalse();
    assertThat(map.targetEnd(2)).isFalse();
    assertThat(map.toSource(4)).isEqualTo(atSource(20));
    assertThat(map.toSource(5)).isEqualTo(atSource(20));
    assertThat(map.toSource(6)).isEqualTo(new Pending(3));
    assertThat(map.toTarget(20)).isEqualTo(atTarget(3));
    StoredChunks store = new StoredChunks();
    store.save(maps.takeChanged());
    RouteMap loaded = MapCodec.load(ROUTE, store.bytes(ROUTE));
    assertThat(loaded.toSource(5)).isEqualTo(atSource(20));
    map.append(20, 6, 1);
    source.checkpoint(21);
    assertThat(map.toSource(4)).isEqualTo(atSource(20));
    assertThat(map.toSource(7)).isEqualTo(atSource(21));
    assertThat(map.toSource(8)).isEqualTo(new Pending(7));
  }

  @Test
  void aTargetThatLostItsEnd_hasItNoMore() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(10, 0, 3);
    source.checkpoint(20);
    source.route(ROUTE).targetEnd(5);
    maps.open(progress(20, 3, 3));
    assertThat(source.route(ROUTE).toSource(5)).isEqualTo(atSource(20));
    maps.open(progress(12, 2, 2));
    assertThat(source.route(ROUTE).toSource(5)).isEqualTo(new Pending(2));
  }

  @Test
  void aPlainTopic_isOneSegmentHoweverLongItGets() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    for (long offset = 0; offset < 1_000_000; offset += 1_000) {
      map.append(offset, offset + 7, 1_000);
      source.checkpoint(offset + 1_000);
    }
    assertThat(map.state().tail().size()).isEqualTo(1);
    assertThat(maps.bytes()).isLessThan(1_000);
    assertThat(map.toTarget(123_456)).isEqualTo(atTarget(123_463));
    assertThat(map.toSource(123_463)).isEqualTo(atSource(123_456));
  }

  @Test
  void whatHasNoCopy_isWhereTheNextRecordIs() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.append(0, 0, 10);
    map.append(12, 10, 5); // two markers between
    map.append(17, 20, 3); // another producer wrote 15 to 19
    source.checkpoint(25);
    assertThat(map.toTarget(9)).isEqualTo(atTarget(9));
    assertThat(map.toTarget(10)).isEqualTo(atTarget(10));
    assertThat(map.toTarget(11)).isEqualTo(atTarget(10));
    assertThat(map.toTarget(12)).isEqualTo(atTarget(10));
    assertThat(map.toTarget(17)).isEqualTo(atTarget(20));
    assertThat(map.toSource(10)).isEqualTo(atSource(12));
    assertThat(map.toSource(15)).isEqualTo(atSource(17));
    assertThat(map.toSource(19)).isEqualTo(atSource(17));
  }

  @Test
  void theEndOfTheCopy_isTheEndOnTheOtherSide_andWhatIsBehindItIsPending() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.append(0, 100, 10);
    source.checkpoint(13); // three markers after the last record
    assertThat(map.toTarget(10)).isEqualTo(atTarget(110));
    assertThat(map.toTarget(13)).isEqualTo(atTarget(110));
    assertThat(map.toTarget(14)).isEqualTo(new Pending(13));
    assertThat(map.toSource(110)).isEqualTo(atSource(13));
    assertThat(map.toSource(111)).isEqualTo(new Pending(110));
  }

  @Test
  void whatLiesBeforeTheFirstCopy_isWhereThatIs() {
    SourceMap source = maps.open(progress(1_000, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.append(1_000, 50, 10);
    source.checkpoint(1_010);
    assertThat(map.toTarget(0)).isEqualTo(atTarget(50));
    assertThat(map.toSource(0)).isEqualTo(atSource(1_000));
  }

  @Test
  void beforeAnythingIsCopied_anAnswerIsOnlyAtLeast() {
    RouteMap map = maps.open(progress(1_000, 0, 0)).route(ROUTE);
    assertThat(map.toTarget(1_000)).isEqualTo(new AtLeast(TARGET, 0));
    assertThat(map.toTarget(1_001)).isEqualTo(new Pending(1_000));
    assertThat(map.toSource(70)).isEqualTo(new AtLeast(SOURCE, 1_000));
  }

  @Test
  void whatWasCopiedWithoutAMap_isUnavailable_andSaysSo() {
    SourceMap source = maps.open(progress(1_000, 900, 800));
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(1_000)).isEqualTo(atTarget(800));
    map.append(1_001, 801, 10);
    source.checkpoint(1_011);
    assertThat(map.toTarget(1_000)).isEqualTo(atTarget(801));
    assertThat(map.toSource(800)).isEqualTo(atSource(1_001));
    assertThat(map.toTarget(999))
        .isInstanceOfSatisfying(
            Unavailable.class,
            none -> assertThat(none.reason()).contains("orders-0 begins at offset 1000"));
    assertThat(map.toSource(799))
        .isInstanceOfSatisfying(
            Unavailable.class,
            none -> assertThat(none.reason()).contains("eu.orders-0 begins at offset 800"));
  }

  @Test
  void aStretchThatWasCopiedWithoutAMap_isAtLeastItsBeginning() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 10);
    source.checkpoint(10);
    source = maps.open(progress(50, 40, 45));
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(50)).isEqualTo(atTarget(45));
    map.append(50, 46, 10);
    source.checkpoint(60);
    assertThat(map.toTarget(9)).isEqualTo(atTarget(9));
    assertThat(map.toTarget(10)).isEqualTo(new AtLeast(TARGET, 10));
    assertThat(map.toTarget(49)).isEqualTo(new AtLeast(TARGET, 10));
    assertThat(map.toTarget(50)).isEqualTo(atTarget(46));
    assertThat(map.toSource(44)).isEqualTo(new AtLeast(SOURCE, 10));
    assertThat(map.toSource(46)).isEqualTo(atSource(50));
  }

  @Test
  void aStretchOfWhichOnlyTheTargetKnowsWhereItIs_isNoHole() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 10);
    source.checkpoint(12);
    source = maps.open(progress(50, 10, 10), Set.of(ROUTE)); // 12 to 49 have unknown target offsets
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(50)).isEqualTo(new AtLeast(TARGET, 10));
    map.append(50, 60, 10);
    source.checkpoint(60);
    assertThat(map.toTarget(9)).isEqualTo(atTarget(9));
    assertThat(map.toTarget(30)).isEqualTo(new AtLeast(TARGET, 10));
    assertThat(map.toTarget(50)).isEqualTo(atTarget(60));
    assertThat(map.toSource(40)).isEqualTo(new AtLeast(SOURCE, 10));
    assertThat(map.toSource(60)).isEqualTo(atSource(50));
  }

  @Test
  void whatTheTargetHasDeleted_endsInsideOfAStretch_ofWhichTheRestIsKept() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 10);
    source.checkpoint(10);
    source = maps.open(progress(50, 10, 10), Set.of(ROUTE));
    RouteMap map = source.route(ROUTE);
    maps.trim(Map.of(TARGET, 20L)); // of the records from 10 on
    map.append(50, 60, 10);
    source.checkpoint(60);
    assertThat(map.toTarget(49)).isInstanceOf(AtLeast.class);
    assertThat(map.toTarget(50)).isEqualTo(atTarget(60));
  }

  @Test
  void whatWasCopiedBeforeAnythingIsKnown_isUnavailable_notAbsent() {
    SourceMap source = maps.open(progress(50, 0, 0), Set.of(ROUTE));
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(30)).isInstanceOf(Unavailable.class);
    maps.trim(Map.of(TARGET, 0L)); // nothing was deleted, so the unknown records are still unknown
    assertThat(map.toTarget(30)).isInstanceOf(Unavailable.class);
    map.append(50, 60, 10);
    source.checkpoint(60);
    assertThat(map.toTarget(30)).isInstanceOf(Unavailable.class);
    assertThat(map.toSource(30)).isInstanceOf(Unavailable.class);
    assertThat(map.toTarget(50)).isEqualTo(atTarget(60));
  }

  @Test
  void aGapOfTheSource_isNotWhatWasCopiedWithoutAMap() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 10);
    source.checkpoint(10);
    source = maps.open(progress(50, 10, 10)); // nothing was written in between
    RouteMap map = source.route(ROUTE);
    map.append(50, 10, 10);
    source.checkpoint(60);
    assertThat(map.toTarget(30)).isEqualTo(atTarget(10));
    assertThat(map.toSource(10)).isEqualTo(atSource(50));
  }

  @Test
  void aSinkThatTellsNoOffsets_leavesOffsetsUnavailable() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.unknownUpTo(10);
    source.checkpoint(10);
    assertThat(map.toTarget(5)).isInstanceOf(Unavailable.class);
    assertThat(map.toSource(5)).isInstanceOf(Unavailable.class);
    map.append(10, 300, 5);
    map.unknownUpTo(20);
    map.unknownUpTo(30);
    source.checkpoint(30);
    assertThat(map.toTarget(12)).isEqualTo(atTarget(302));
    assertThat(map.toTarget(17)).isEqualTo(new AtLeast(TARGET, 305));
    assertThat(map.toTarget(30)).isEqualTo(new AtLeast(TARGET, 305));
    assertThat(map.toSource(400)).isEqualTo(new AtLeast(SOURCE, 15));
  }

  @Test
  void reopenedBehindRecordsOfWhichNothingIsTold_theEndStaysUnknown() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 10);
    source.route(ROUTE).unknownUpTo(20);
    source.checkpoint(20);
    source = maps.open(progress(20, 20, 10));
    assertThat(source.route(ROUTE).toTarget(20)).isEqualTo(new AtLeast(TARGET, 10));
    source = maps.open(progress(20, 20, 25)); // now the sink has returned offsets
    assertThat(source.route(ROUTE).toTarget(20)).isEqualTo(atTarget(25));
  }

  @Test
  void whatTheTargetHasDeletedBeforeItWasAcknowledged_isStillTakenDown() {
    maps.open(progress(0, 0, 0)).route(ROUTE).append(0, 0, 10);
    SourceMap source = maps.open(progress(10, 10, 10));
    maps.trim(Map.of(TARGET, 15L));
    source.route(ROUTE).append(10, 11, 10); // a marker is at 10
    source.checkpoint(20);
    assertThat(source.route(ROUTE).toTarget(17)).isEqualTo(atTarget(18));
  }

  @Test
  void whatWasToldBefore_isForgottenWhenAFlowOpensBeforeIt() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 100);
    source.checkpoint(100);
    source = maps.open(progress(40, 40, 40));
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(40)).isEqualTo(atTarget(40));
    assertThat(map.toTarget(41)).isEqualTo(new Pending(40));
    map.append(40, 41, 10); // a fence's marker is at 40
    source.checkpoint(50);
    assertThat(map.toTarget(40)).isEqualTo(atTarget(41));
    assertThat(map.toSource(40)).isEqualTo(atSource(40));
  }

  @Test
  void whatTheTargetLost_isWhereTheCopyGoesOn() {
    SourceMap source = maps.open(progress(0, 0, 0));
    source.route(ROUTE).append(0, 0, 100);
    source.checkpoint(100);
    source = maps.open(progress(100, 100, 60)); // the loss of 60 to 99 was accepted
    RouteMap map = source.route(ROUTE);
    assertThat(map.toTarget(59)).isEqualTo(atTarget(59));
    assertThat(map.toTarget(70)).isEqualTo(atTarget(60));
    map.append(100, 60, 10);
    source.checkpoint(110);
    assertThat(map.toTarget(70)).isEqualTo(atTarget(60));
    assertThat(map.toTarget(101)).isEqualTo(atTarget(61));
    assertThat(map.toSource(60)).isEqualTo(atSource(100));
  }

  @Test
  void whatTheTargetHasDeleted_isWhereItBeginsNow() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    for (int i = 0; i < 2_000; i++) {
      map.append(i * 11L, i * 10L, 10);
    }
    source.checkpoint(22_000);
    long before = maps.bytes();
    maps.trim(Map.of(TARGET, 15_005L));
    assertThat(map.toTarget(0)).isEqualTo(atTarget(15_005));
    assertThat(map.toTarget(16_510)).isEqualTo(atTarget(15_010));
    assertThat(map.toSource(0)).isEqualTo(atSource(16_505));
    assertThat(maps.bytes()).isLessThan(before / 2);
    maps.trim(Map.of(TARGET, 30_000L));
    assertThat(map.toTarget(0)).isEqualTo(atTarget(30_000));
    assertThat(map.toTarget(22_000)).isEqualTo(atTarget(30_000));
  }

  @Test
  void whatDoesNotAscend_isRefused() {
    SourceMap source = maps.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    map.append(10, 10, 10);
    assertThatThrownBy(() -> map.append(19, 30, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not follow source 20, target 20");
    assertThatThrownBy(() -> map.append(30, 19, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> map.append(30, 30, 0)).isInstanceOf(IllegalStateException.class);
    assertThat(map.toTarget(0)).isEqualTo(atTarget(10));
  }

  @Test
  void pastTheBound_theOldestAnswersBecomeEarly_andNoneLate() {
    OffsetMaps bounded = new OffsetMaps(100_000);
    SourceMap source = bounded.open(progress(0, 0, 0));
    RouteMap map = source.route(ROUTE);
    for (int i = 0; i < 100_000; i++) {
      map.append(i * 11L, i * 10L, 10);
      source.checkpoint(i * 11L + 11);
      if (i % 1_000 == 0) {
        bounded.takeChanged();
      }
    }
    bounded.takeChanged();
    assertThat(bounded.bytes()).isLessThanOrEqualTo(100_000);
    assertThat(map.toTarget(99_990 * 11 + 3)).isEqualTo(atTarget(99_990 * 10 + 3));
    for (int i = 0; i < 100_000; i += 17) {
      Translation found = map.toTarget(i * 11L + 3);
      if (found instanceof AtLeast early) {
        assertThat(early.offset()).isBetween(i * 10L - 30_000, i * 10L + 3);
      } else {
        assertThat(found).isEqualTo(atTarget(i * 10L + 3));
      }
    }
    assertThat(map.toTarget(0)).isInstanceOf(AtLeast.class);
  }

  @Test
  void readersSeeNothingThatIsNotSo_whileTheMapGrowsIsTrimmedAndReopened() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    maps.open(progress(0, 0, 0));
    AtomicLong trimmed = new AtomicLong();
    CompletableFuture<Long> reader = CompletableFuture.supplyAsync(() -> readUntil(over, trimmed));
    long next = 0;
    for (int round = 0; round < 300; round++) {
      next = Math.max(0, next - 50);
      long opened = next;
      SourceMap source = maps.open(progress(opened * 10, 1, target(opened * 10)));
      RouteMap map = source.route(ROUTE);
      for (int i = 0; i < 400; i++, next++) {
        map.append(next * 10, target(next * 10), 9);
        source.checkpoint(next * 10 + 10);
      }
      maps.takeChanged();
      if (round % 10 == 9) {
        trimmed.set(target(Math.max(0, next - 30_000) * 10));
        maps.trim(Map.of(TARGET, trimmed.get()));
      }
    }
    over.set(true);
    assertThat(reader.get(30, TimeUnit.SECONDS)).isPositive();
  }

  /** Of every ten source offsets nine are copied, each always to the same target offset. */
  private static long target(long source) {
    return source / 10 * 12 + 5 + source % 10;
  }

  private long readUntil(AtomicBoolean over, AtomicLong trimmed) {
    long answers = 0;
    long seed = 1;
    while (!over.get()) {
      seed = seed * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
      long asked = (seed >>> 33) % 1_200_000 / 10 * 10 + (seed >>> 20) % 9;
      Translation found = maps.history().toTarget(ROUTE, asked);
      if (found instanceof Exact exact) {
        // the record itself, the offset of the next one, or the first that is left
        boolean right =
            exact.offset() == target(asked)
                || exact.offset() == target(asked / 10 * 10) - 3
                || (exact.offset() > target(asked) && exact.offset() <= trimmed.get());
        assertThat(right).as("source %d was %s", asked, found).isTrue();
        answers++;
      } else {
        assertThat(found).isInstanceOf(Pending.class);
      }
    }
    return answers;
  }
}
