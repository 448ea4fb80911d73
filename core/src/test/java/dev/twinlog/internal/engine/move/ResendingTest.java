package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.MoveProgress;
import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseOptions;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries.Resend;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what is saved of records that a reversal lets the moved link copy, and what that needs. */
final class ResendingTest {
  private static final TopicPartition ORDERS = ReverseCase.ORDERS;
  private static final Route ROUTE = new Route(ORDERS, ORDERS);
  private static final TopicPartition BILLS = new TopicPartition("bills", 0);
  private static final SeededPartition FOUND = new SeededPartition(ORDERS, 10, 13, 20, 0, 3);

  private final ReverseCase given = new ReverseCase();
  private final List<MoveProgress> told = new ArrayList<>();
  private final ReverseOptions options =
      ReverseOptions.defaults()
          .onDivergence(OnDivergence.RESEND)
          .actor("ben")
          .onProgress(told::add);

  /** Three records were never copied; they are copied to target offset 25. */
  private void diverge() {
    given.source.append(ORDERS, "abc");
    given.copier.copying = () -> copied(13, 25);
  }

  /** The moved link has copied up to this source offset, what it had left to this target offset. */
  private void copied(long next, long target) {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap map = begin(maps);
    map.route(ROUTE).append(0, 0, 10);
    map.route(ROUTE).append(10, target, next - 10);
    save(maps, map, next, target + next - 10);
  }

  private static SourceMap begin(OffsetMaps maps) {
    return maps.open(
        new Progress(
            new SourcePartition(ORDERS, Optional.empty()),
            0,
            false,
            "",
            List.of(new RouteProgress(ROUTE, 0, 0, new byte[0]))));
  }

  private void save(OffsetMaps maps, SourceMap map, long next, long targetNext) {
    map.checkpoint(next);
    given.progress(ROUTE, next, targetNext);
    given.link.chunks.clear();
    given.link.chunks.addAll(maps.takeChanged());
  }

  private MovedLink resend() {
    MovedLink moved = given.moved();
    ReversePlan plan = new ReversePlan(given.parts(), options, moved, "dr-back", Optional.empty());
    plan.find();
    assertThat(plan.refusals()).isEmpty();
    return new Resending(given.parts(), moved, options).run(plan);
  }

  private Resend stored() {
    return given.moved().resend();
  }

  @Test
  void whatWasFound_isSavedBeforeAnythingIsCopied_andWhatWasCopiedBehindIt() {
    diverge();
    List<Resend> whileCopying = new ArrayList<>();
    given.copier.copying =
        () -> {
          whileCopying.add(stored());
          copied(13, 25);
        };
    MovedLink behind = resend();
    assertThat(given.copier.copied).containsExactly(Set.of("orders"));
    Resend begun = whileCopying.get(0);
    assertThat(begun.isUnderWay()).isTrue();
    assertThat(begun.partitions()).isEqualTo(Map.of(ORDERS, FOUND));
    SeedHeader header = begun.header().orElseThrow();
    assertThat(header.move()).isEqualTo(ReverseCase.MOVE.id());
    assertThat(header.actor()).isEqualTo("ben");
    assertThat(behind.resend()).isEqualTo(stored());
    assertThat(stored().isUnderWay()).isFalse();
    assertThat(stored().header().orElseThrow().id()).isEqualTo(header.id());
    assertThat(stored().partitions())
        .isEqualTo(Map.of(ORDERS, new SeededPartition(ORDERS, 10, 13, 20, 0, 0, 3)));
    assertThat(told).extracting(MoveProgress::done).containsExactly(0L, 3L);
  }

  @Test
  void onlyTopicsWithDivergedRecords_areCopied_withAllTheirPartitions() {
    diverge();
    TopicPartition empty = new TopicPartition("orders", 1);
    given.source.append(empty, "");
    given.source.append(BILLS, "x");
    given.target.append(BILLS, "x");
    given.target.links.set(
        0,
        new LinkDescription(
            ReverseCase.LINK,
            given.source.name,
            given.target.name,
            Map.of("orders", "orders", "bills", "bills")));
    given.progress(new Route(BILLS, BILLS), 1, 1);
    given.seam(
        BILLS,
        new dev.twinlog.internal.progress.Seam(
            true,
            "",
            1,
            Map.of(BILLS, 1L),
            Map.of(),
            new dev.twinlog.internal.progress.Seam.Contact(1, 1, 1)));
    resend();
    assertThat(given.copier.copied).containsExactly(Set.of("orders"));
    assertThat(stored().partitions()).containsOnlyKeys(ORDERS, empty);
  }

  @Test
  void whatWasWrittenMeanwhile_isCopiedAsWell() {
    diverge();
    given.copier.copying = () -> copied(15, 25);
    resend();
    assertThat(stored().partitions())
        .isEqualTo(Map.of(ORDERS, new SeededPartition(ORDERS, 10, 15, 20, 0, 0, 5)));
  }

  @Test
  void whatRetentionHasRemoved_isNotCounted() {
    diverge();
    given.copier.copying =
        () -> {
          OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
          SourceMap map = begin(maps);
          map.route(ROUTE).append(0, 0, 10);
          map.route(ROUTE).append(12, 25, 1);
          save(maps, map, 13, 26);
        };
    resend();
    assertThat(stored().partitions())
        .isEqualTo(Map.of(ORDERS, new SeededPartition(ORDERS, 10, 13, 20, 0, 0, 1)));
  }

  @Test
  void afterACallThatDied_theNextOneGoesOn_withWhatThatOneHasFound() {
    diverge();
    given.copier.copying =
        () -> {
          throw new RetriableException("died");
        };
    assertThatThrownBy(this::resend).hasMessage("died");
    UUID begun = stored().header().orElseThrow().id();
    given.source.append(ORDERS, "d");
    given.copier.copying = () -> copied(14, 25);
    resend();
    assertThat(stored().header().orElseThrow().id()).isEqualTo(begun);
    assertThat(stored().partitions())
        .isEqualTo(Map.of(ORDERS, new SeededPartition(ORDERS, 10, 14, 20, 0, 0, 4)));
    resend();
    assertThat(given.copier.copied).as("once it is done it is not done again").hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void anotherCallAtTheSameTime_isToldToCallAgain(int save) {
    diverge();
    given.link.takenOverBefore = save;
    assertThatThrownBy(this::resend)
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("another call reverses link dr at the same time: call it again");
    assertThat(stored().isUnderWay()).isEqualTo(save > 1);
    resend();
    assertThat(stored().partitions().get(ORDERS)).extracting(SeededPartition::resent).isEqualTo(3L);
  }

  @Test
  void linkThatWasMovedAgainMeanwhile_isLeftAlone() {
    diverge();
    MovedLink moved = given.moved();
    ReversePlan plan = new ReversePlan(given.parts(), options, moved, "dr-back", Optional.empty());
    plan.find();
    given.save(MoveEntries.of(new MoveHeader(UUID.randomUUID(), "failover", "eve", 5, 6)));
    assertThatThrownBy(() -> new Resending(given.parts(), moved, options).run(plan))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("was moved again, or reopened, meanwhile");
    assertThat(given.copier.copied).isEmpty();
  }

  @Test
  void copyThatDidNotReachTheEnd_isNotTakenAsDone() {
    diverge();
    given.copier.copying = () -> copied(12, 25);
    assertThatThrownBy(this::resend)
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("orders-0 was not copied up to its end at 13");
    assertThat(stored().isUnderWay()).isTrue();
  }

  @Test
  void copiesAtUnknownOffsets_cantBeToldFromOtherRecords() {
    diverge();
    given.copier.copying =
        () -> {
          OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
          SourceMap map = begin(maps);
          map.route(ROUTE).append(0, 0, 10);
          map.route(ROUTE).unknownUpTo(13);
          save(maps, map, 13, 28);
        };
    assertThatThrownBy(this::resend)
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("has no single offsets of what was copied from 10 on")
        .hasMessageContaining("copyAll");
  }

  @ParameterizedTest
  @CsvSource({
    "20, '[20, 23)'", // its copies follow at once
    "25, '[25, 28)'", // others have written before them
  })
  void copiesBehindTheSeam_areThoseThatTheMapHas(long target, String expected) {
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    SourceMap map = begin(maps);
    map.route(ROUTE).append(0, 0, 10);
    map.route(ROUTE).append(10, target, 3);
    map.checkpoint(13);
    SkippedOffsets copies = Resending.copies(FOUND, maps.copied().get(0));
    assertThat(copies.ranges()).asString().isEqualTo("[" + expected + "]");
  }
}
