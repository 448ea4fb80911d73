package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveProgress;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.PartitionMove;
import dev.twinlog.internal.engine.move.Failover.Live;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.TargetRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Tests failovers of a link whose store and sink are in memory, and fail at every step. */
final class FailoverTest extends FailoverCase {
  @Test
  void whatWasClosedCleanly_needsNoFence_andTheRestIsAskedOnce() {
    stored.progress(0, 100, true, (byte) 1);
    stored.progress(1, 200, false, (byte) 1);
    fences.answers.put(
        route(1),
        new Recovery.SkipMatching(
            7,
            List.of(new TargetRun(200, 3), new TargetRun(205, 4)),
            List.of(),
            true,
            new byte[0]));
    live = new Live(Map.of(source(1), new Contact(210, 5, 4)), Map.of(), Set.of());
    FailoverReport report = run(QUICK);
    assertThat(fences.asked).containsExactly(route(1));
    PartitionMove clean = report.partitions().get(source(0));
    assertThat(clean.fenced()).isTrue();
    assertThat(clean.sourceCut()).isEqualTo(100);
    assertThat(clean.targetSeam()).isEqualTo(100);
    assertThat(clean.lostAtMost()).isEmpty();
    PartitionMove open = report.partitions().get(source(1));
    assertThat(open.fenced()).isTrue();
    assertThat(open.heldBehindCut()).isEqualTo(7);
    assertThat(open.targetSeam()).isEqualTo(209);
    assertThat(open.lostAtMost()).hasValue(3);
    assertThat(told).extracting(MoveProgress::phase).doesNotContainNull().isSorted();
  }

  @Test
  void anAnswerThatDoesNotCome_leavesItIncomplete_andTheNextCallFinishesIt() {
    stored.progress(0, 100, true, (byte) 1);
    stored.progress(1, 200, false, (byte) 1);
    fences.silent = true;
    FailoverReport incomplete = run(QUICK.deadline(Duration.ofMillis(50)));
    assertThat(incomplete.outcome()).isEqualTo(Outcome.INCOMPLETE);
    assertThat(incomplete.partitions()).containsOnlyKeys(source(0));
    assertThat(incomplete.todo())
        .first()
        .asString()
        .contains(
            "1 of 2 partitions", "longer deadline", "longer than PT0.05S", "Call failover again");
    fences.silent = false;
    FailoverReport done = run(QUICK.actor("ben"));
    assertThat(done.outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(done.id()).isEqualTo(incomplete.id());
    assertThat(done.actor()).isEqualTo("anna");
    assertThat(done.repeated()).isFalse();
    assertThat(run(QUICK).repeated()).isTrue();
  }

  @Test
  void whatPasses_isTriedAgain_andWhatDoesNot_isNamed() {
    stored.progress(0, 100, false, (byte) 1);
    stored.progress(1, 200, false, (byte) 1);
    fences.failsOnce = new RetriableException("no leader");
    fences.answers.put(
        route(1), new Recovery.Unknown(new PartitionFailedException("WRITE is missing")));
    FailoverReport report = run(QUICK);
    assertThat(report.outcome()).isEqualTo(Outcome.INCOMPLETE);
    assertThat(report.partitions()).containsOnlyKeys(source(0));
    assertThat(report.todo())
        .first()
        .asString()
        .contains("1 partitions could not be fenced", "orders-1", "WRITE is missing");
    fences.answers.clear(); // it was granted
    FailoverReport done = run(QUICK);
    assertThat(done.id()).isEqualTo(report.id());
    assertThat(done.repeated()).isFalse();
    assertThat(done.partitions().values()).allMatch(PartitionMove::fenced);
  }

  @Test
  void whatIsRefusedAfterTheLinkWasTakenOver_leavesItIncomplete() {
    stored.progress(0, 100, false, (byte) 1);
    fences.failsAll = new LinkFailedException("missing permission");
    FailoverReport report = run(QUICK);
    assertThat(report.outcome()).isEqualTo(Outcome.INCOMPLETE);
    assertThat(report.todo()).first().asString().contains("missing permission");
    assertThat(stored.entries).containsKey("move");
  }

  @Test
  void anExactlyOnceLinkWhoseSinkNeedsNoState_isFenced() {
    stored.progress(0, 100, false);
    guarantee = Optional.of(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(run(QUICK).partitions().get(source(0)).fenced()).isTrue();
    assertThat(fences.asked).containsExactly(route(0));
  }

  @Test
  void theLaterContactCounts_andTheEndIsNeverBeforeWhatWasCopied() {
    stored.progress(0, 100, true, (byte) 1);
    stored.progress(1, 100, true, (byte) 1);
    stored.entries.put(
        "contact/orders",
        MoveEntries.ofTopic("orders", Map.of(0, new Contact(150, 9, 4), 1, new Contact(60, 9, 4))));
    live = new Live(Map.of(source(0), new Contact(120, 5, 4)), Map.of(), Set.of());
    FailoverReport report = run(QUICK);
    assertThat(report.partitions().get(source(0)).lostAtMost()).hasValue(50);
    assertThat(report.partitions().get(source(1)).sourceEndAtLastContact()).hasValue(100);
  }

  @Test
  void anotherInstanceThatTakesTheLinkOver_isTakenOver_andTheSeamsStay() {
    for (int saves = 0; saves < 4; saves++) {
      stored.entries.clear();
      stored.progress(0, 100, true, (byte) 1);
      stored.takenOverAfter = saves;
      FailoverReport report = run(QUICK);
      assertThat(report.outcome()).as("after %d saves", saves).isEqualTo(Outcome.DONE_WITH_LOSS);
      assertThat(report.partitions().get(source(0)).sourceCut()).isEqualTo(100);
    }
  }

  @Test
  void anAnswerThatGetsLost_isNotTakenForTheWorkOfAnEarlierCall() {
    for (int saves = 0; saves < 3; saves++) {
      stored.entries.clear();
      stored.progress(0, 100, true, (byte) 1);
      stored.unansweredAfter = saves;
      assertThat(run(QUICK).repeated()).as("after %d saves", saves).isFalse();
      assertThat(run(QUICK).repeated()).isTrue();
    }
  }

  @Test
  void anotherCallThatFinishesFirst_isTheEarlierOne_whereverItComesBetween() {
    boolean over = false;
    for (int saves = 0; !over; saves++) {
      stored.entries.clear();
      stored.progress(0, 100, false, (byte) 1);
      List<FailoverReport> other = new ArrayList<>();
      stored.saves = saves;
      stored.beforeSave = () -> other.add(run(QUICK.actor("ben")));
      FailoverReport report = run(QUICK);
      over = other.isEmpty();
      assertThat(report.repeated()).as("after %d saves", saves).isEqualTo(!over);
      other.forEach(
          one -> {
            assertThat(one.repeated()).isFalse();
            assertThat(report.id()).isEqualTo(one.id());
          });
      assertThat(saves).as("saves of a failover").isLessThan(20);
    }
  }

  @Test
  void aLinkThatCopiesAtLeastOnce_isNotFenced_andSaysSo() {
    stored.progress(0, 100, false);
    stored.progress(1, 200, true);
    FailoverReport report = run(QUICK.impatient());
    assertThat(fences.asked).isEmpty();
    assertThat(report.partitions().values()).noneMatch(PartitionMove::fenced);
    assertThat(report.partitions().get(source(0)).problem()).contains("at least once");
    assertThat(report.partitions().get(source(1)).problem()).isEmpty();
    assertThat(report.todo()).anyMatch(line -> line.contains("orders-0"));
  }

  @Test
  void aTargetThatHasLostRecords_endsBeforeThem() {
    stored.progress(0, 100, false, (byte) 1);
    fences.answers.put(route(0), new Recovery.Lost(60, new byte[0]));
    FailoverReport report = run(QUICK);
    PartitionMove move = report.partitions().get(source(0));
    assertThat(move.targetSeam()).isEqualTo(60);
    assertThat(move.problem()).contains("lost acknowledged records from offset 60", "copies-0");
    assertThat(move.lostAtMost()).isEmpty();
    assertThat(report.outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
  }

  @Test
  void aDryRun_takesNothingOver_andSavesNothing() {
    stored.progress(0, 100, false, (byte) 1);
    FailoverReport report = run(QUICK.dryRun());
    assertThat(report.outcome()).isEqualTo(Outcome.DRY_RUN);
    assertThat(report.partitions().get(source(0)).fenced()).isFalse();
    assertThat(stored.owners).isZero();
    assertThat(stored.entries).isEmpty();
    assertThat(fences.asked).isEmpty();
    run(QUICK);
    assertThat(run(QUICK.dryRun()).repeated()).isTrue();
  }

  @Test
  void aStoreThatRemembersNoMoves_isRefused_byWhatItLacks() {
    ProgressStore plain =
        new ProgressStore() {
          @Override
          public Map<SourcePartition, Progress> load() {
            throw new AssertionError("it is refused before it is loaded");
          }

          @Override
          public CompletionStage<Void> save(Collection<Progress> changed) {
            return CompletableFuture.completedStage(null);
          }

          @Override
          public void close() {}
        };
    for (FailoverOptions options : List.of(QUICK, QUICK.dryRun())) {
      assertThatThrownBy(() -> failover(options, () -> plain).run())
          .isInstanceOf(ReplicationException.class)
          .hasMessageContainingAll("link x", "EntryStore", "ReadableStore");
    }
  }

  @Test
  void aLinkThatWasSwitchedOverWithLoss_isReportedWithIt() {
    stored.progress(0, 100, true, (byte) 1);
    switchedOver(0);
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.DONE);
    switchedOver(12);
    for (FailoverReport report : List.of(run(QUICK), run(QUICK.dryRun()))) {
      assertThat(report.outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
      assertThat(report.todo()).singleElement().asString().contains("12 offsets", "after the cut");
      assertThat(report.repeated()).isTrue();
    }
    switchedOver(MovePhase.UNKNOWN);
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(run(QUICK).todo()).singleElement().asString().contains("not known");
  }

  private void switchedOver(long writtenAfterCut) {
    MoveHeader done = new MoveHeader(new UUID(1, 2), "switchover", "anna", 1_000, 2_000);
    for (StoredEntry entry :
        List.of(MoveEntries.of(done), MoveEntries.of(new MovePhase("DONE", writtenAfterCut)))) {
      stored.entries.put(entry.key(), entry);
    }
  }
}
