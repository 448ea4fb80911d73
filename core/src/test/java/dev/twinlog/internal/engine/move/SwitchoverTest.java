package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.PartitionMove;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests switchovers, which fail at every step. */
final class SwitchoverTest extends SwitchoverCase {
  private void assertTakenBack() {
    assertThat(link.held).as("it copies again").isFalse();
    assertThat(source.acls).isEmpty();
    assertThat(MoveEntries.move(link.entries.values()).header()).isEmpty();
    assertThat(link.marked).isEmpty();
    assertThat(link.entries.keySet()).noneMatch(MoveEntries::isOfMove);
  }

  @Test
  void whenNothingIsWritten_itIsDone_andSavedWithItsSeams() {
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(report.partitions().get(ORDERS).targetSeam()).isEqualTo(107);
    assertThat(report.acls()).hasSize(1);
    assertThat(source.acls).hasSize(1);
    assertThat(link.held).isTrue();
    assertThat(phases)
        .containsExactly(
            Phase.CHECKED,
            Phase.DRAINING,
            Phase.SOURCE_FENCED,
            Phase.CUT,
            Phase.GROUPS,
            Phase.DONE);
    assertThat(run(QUICK).repeated()).isTrue();
    assertThat(run(QUICK).writtenAfterCut()).hasValue(0);
  }

  @Test
  void someTopics_areMoved_andFoundMovedByTheNextCall() {
    SwitchoverOptions some = QUICK.fenceWriters(false).topics(TopicSelector.named("orders"));
    assertThat(run(some.fenceWriters(true)).refusals())
        .singleElement()
        .asString()
        .contains("fenceWriters(true) can't be combined with topics");
    assertThat(run(some.topics(TopicSelector.named("others"))).refusals())
        .singleElement()
        .asString()
        .contains("no topic that topics(…) selects");
    assertThat(link.saves).isZero();
    SwitchoverReport report = run(some);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(link.moved).contains("switchover", "anna");
    assertThat(link.marked).as("the link still copies").isEmpty();
    MoveEntries.Stored stored = MoveEntries.move(link.entries.values());
    assertThat(stored.header()).isEmpty();
    assertThat(stored.some()).singleElement().extracting("topics").isEqualTo(Set.of("orders"));
    SwitchoverReport again = run(some);
    assertThat(again.repeated()).isTrue();
    assertThat(again.id()).isEqualTo(report.id());
    assertThat(again.partitions().get(ORDERS).targetSeam()).isEqualTo(107);
    source.end = 200; // is not looked at any more
    SwitchoverReport rest = run(QUICK.fenceWriters(false));
    assertThat(rest.outcome()).as("%s", rest).isEqualTo(Outcome.DONE);
    assertThat(rest.partitions()).isEmpty();
    assertThat(MoveEntries.move(link.entries.values()).seams().get(ORDERS).sourceCut())
        .isEqualTo(100);
  }

  @Test
  void someTopics_whateverFails_isTakenBack_andWhatWasMovedBeforeStaysSo() {
    SwitchoverOptions some = QUICK.fenceWriters(false).topics(TopicSelector.named("orders"));
    int steps = 0;
    for (boolean done = false; !done; steps++) {
      link.entries.clear();
      int failing = link.saves + steps;
      link.onSave = number -> number == failing ? new ReplicationException("disk full") : null;
      SwitchoverReport report = run(some);
      done = report.outcome() == Outcome.DONE;
      if (report.outcome() == Outcome.ABORTED) {
        assertTakenBack();
      }
    }
    assertThat(steps).isGreaterThan(4);
    Map<String, StoredEntry> before = new HashMap<>(link.entries);
    link.onSave = number -> null;
    link.entries.putAll(unfinished());
    LeftSwitchover left = LeftSwitchover.in("x", link.entries.values()).orElseThrow();
    var unused =
        left.takeBack(
            Optional.of(source),
            link,
            0,
            new Deadline(LinkTime.system(Clock.systemUTC()), Duration.ofSeconds(30)));
    link.entries.keySet().removeIf(key -> key.equals("aborted"));
    assertThat(link.entries.keySet()).isEqualTo(before.keySet());
  }

  /** A switchover that was begun after orders had been moved, and died behind the cut. */
  private static Map<String, StoredEntry> unfinished() {
    Map<String, StoredEntry> entries = new HashMap<>();
    for (StoredEntry entry :
        List.of(
            MoveEntries.of(new MoveHeader(new UUID(7, 8), "switchover", "ben", 1, -1)),
            MoveEntries.of(new MovePhase("CUT", MovePhase.UNKNOWN)),
            MoveEntries.of(
                new TopicPartition("former", 3),
                new Seam(true, "", 40, Map.of(), Map.of(), Seam.Contact.NONE)))) {
      entries.put(entry.key(), entry);
    }
    return entries;
  }

  private static Progress deselected(boolean clean) {
    Route route = new Route(new TopicPartition("former", 3), new TopicPartition("copies", 3));
    return new Progress(
        new SourcePartition(route.source(), Optional.empty()),
        40,
        clean,
        "mapper=a/1",
        List.of(new RouteProgress(route, 9, 42, new byte[] {1})));
  }

  @Test
  void whatIsNotSelectedAnyMore_getsItsSeam_andIsNamed() {
    link.left = List.of(deselected(true));
    for (SwitchoverReport report : List.of(run(QUICK), run(QUICK))) {
      assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
      assertThat(report.todo())
          .singleElement()
          .asString()
          .contains("not selected any more", "former-3 up to 40");
      PartitionMove seam = report.partitions().get(new TopicPartition("former", 3));
      assertThat(seam.targetSeam()).isEqualTo(42);
      assertThat(seam.fenced()).isTrue();
      assertThat(seam.lostAtMost()).isEmpty();
    }
  }

  @Test
  void whatIsNotSelectedAnyMore_andWasNotClosed_isInTheWay() {
    link.left = List.of(deselected(false));
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(report.refusals())
        .singleElement()
        .asString()
        .contains("former-3 (", "behind source offset 40", "failover()");
    assertThat(link.saves).isZero();
  }

  @Test
  void aLinkThatWasCopiedOtherwise_isRefused_beforeAnythingIsWritten() {
    mapping = new SwitchoverParts.Mapping(topic -> "copies", targets -> "mapper=b");
    assertThat(run(QUICK).refusals())
        .singleElement()
        .asString()
        .contains("orders-0 (by mapper=a/1, here it is mapper=b)");
    mapping = new SwitchoverParts.Mapping(topic -> "us." + topic, targets -> "mapper=a/1");
    assertThat(run(QUICK).refusals())
        .singleElement()
        .asString()
        .contains("orders-0 (to topic copies, here it is us.orders)");
    mapping =
        new SwitchoverParts.Mapping(
            topic -> {
              throw new IllegalArgumentException("no");
            },
            targets -> "mapper=a/1");
    assertThat(run(QUICK).refusals()).singleElement().asString().contains("topicMapper fails");
    assertThat(link.saves).isZero();
  }

  @Test
  void whatIsWrittenBetweenTheCutAndTheLastLook_isCopiedAsWell() {
    SwitchoverReport report =
        switchover(
                QUICK.onProgress(
                    progress -> {
                      if (progress.phase() == Phase.GROUPS && link.holds == 1) {
                        source.end = 130;
                      }
                    }))
            .run(link, new CompletableFuture<>());
    assertThat(link.holds).isEqualTo(2);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(report.partitions().get(ORDERS).sourceCut()).isEqualTo(130);
    assertThat(MoveEntries.move(link.entries.values()).seams().get(ORDERS).sourceCut())
        .isEqualTo(130);
  }

  @Test
  void whatSlipsPastTheCut_isCounted_andLeftToDo() {
    link.onSave =
        number -> {
          boolean isCommit =
              MoveEntries.move(link.entries.values())
                  .phase()
                  .filter(phase -> phase.phase().equals(Phase.GROUPS.name()))
                  .isPresent();
          source.end += isCommit ? 12 : 0;
          return null;
        };
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE_WITH_LOSS);
    assertThat(report.writtenAfterCut()).hasValue(12);
    assertThat(report.todo()).singleElement().asString().contains("12 offsets", "after the cut");
    assertThat(report.toString()).contains("after the cut: 12 records");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSaveThatFails_takesItBack_atEveryStepBeforeTheLast(boolean savedWithoutAnswer) {
    link.savedAlsoIfItFails = savedWithoutAnswer;
    int steps = 5; // DRAINING, the ACLs, SOURCE_FENCED, the seams, CUT, GROUPS
    for (int step = 0; step <= steps; step++) {
      int failing = step;
      link.saves = 0;
      link.onSave = number -> number == failing ? new ReplicationException("disk full") : null;
      SwitchoverReport report = run(QUICK);
      assertThat(report.outcome()).as("step %d: %s", step, report).isEqualTo(Outcome.ABORTED);
      assertThat(report.refusals()).containsExactly("disk full");
      assertTakenBack();
      assertThat(MoveEntries.aborted(link.entries.values()).orElseThrow().reason())
          .isEqualTo("disk full");
    }
    link.onSave = number -> null;
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.DONE);
  }

  @Test
  void anotherOwner_endsIt_andTakesItBack() {
    link.onSave = number -> number == 2 ? new FencedException("another instance") : null;
    assertThatThrownBy(() -> run(QUICK))
        .isInstanceOf(MoveTakenOverException.class)
        .hasMessageContaining("anna");
    assertThat(source.acls).as("the next owner finds them in what is saved").hasSize(1);
    Optional<LeftSwitchover> left = LeftSwitchover.in("x", link.entries.values());
    link.onSave = number -> null;
    var shown =
        left.orElseThrow()
            .takeBack(
                Optional.of(source),
                link,
                5_000,
                new Deadline(LinkTime.system(Clock.systemUTC()), Duration.ofSeconds(10)));
    assertThat(shown.orElseThrow().phase()).isEqualTo(Phase.ABORTED.name());
    link.held = false;
    assertTakenBack();
  }

  @Test
  void whereTheLastSaveHasNoAnswer_itIsNotTakenBack() {
    link.onSave =
        number ->
            MoveEntries.move(link.entries.values())
                    .phase()
                    .filter(phase -> phase.phase().equals(Phase.GROUPS.name()))
                    .isPresent()
                ? new ReplicationException("no answer")
                : null;
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.INCOMPLETE);
    assertThat(report.todo())
        .first()
        .asString()
        .contains("not known", "no answer", "call it again");
    assertThat(link.held).isTrue();
    assertThat(source.acls).hasSize(1);
  }

  @Test
  void anInterruption_takesItBack_andStaysSet() {
    link.caughtUp = new CompletableFuture<>();
    SwitchoverReport report =
        switchover(
                QUICK.onProgress(
                    progress -> {
                      if (progress.phase() == Phase.SOURCE_FENCED) {
                        Thread.currentThread().interrupt();
                      }
                    }))
            .run(link, new CompletableFuture<>());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.ABORTED);
    assertThat(report.refusals()).singleElement().asString().contains("interrupted");
    assertTakenBack();
  }

  @Test
  void anAclThatWasThereBefore_stays() {
    source.createAcls(List.of(denial()));
    link.caughtUp = CompletableFuture.failedStage(new ReplicationException("a partition stopped"));
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.ABORTED);
    assertThat(source.acls).containsExactly(denial());
  }

  private static AclEntry denial() {
    return new AclEntry(
        AclEntry.Kind.TOPIC,
        AclEntry.Pattern.LITERAL,
        "orders",
        "User:*",
        "*",
        "WRITE",
        AclEntry.Permission.DENY);
  }

  @Test
  void anAclThatCannotBeDeleted_isNamed_andTriedAgainByTheNextCall() {
    source.onDelete = entry -> Optional.of(new ReplicationException("ALTER is missing"));
    link.caughtUp = CompletableFuture.failedStage(new ReplicationException("a partition stopped"));
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.INCOMPLETE);
    assertThat(report.refusals()).containsExactly("a partition stopped");
    assertThat(report.todo()).first().asString().contains("1 ACLs", "orders", "ALTER is missing");
    assertThat(link.held).isFalse();
    assertThat(MoveEntries.move(link.entries.values()).header()).isEmpty();
    source.onDelete = entry -> Optional.empty();
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.ABORTED);
    assertTakenBack();
  }

  @Test
  void aPassingFailureOfDeletingAcls_isTriedAgain() {
    int[] failures = {2};
    source.onDelete =
        entry ->
            failures[0]-- > 0
                ? Optional.of(new RetriableException("no controller"))
                : Optional.empty();
    link.caughtUp = CompletableFuture.failedStage(new ReplicationException("a partition stopped"));
    assertThat(run(QUICK).outcome()).isEqualTo(Outcome.ABORTED);
    assertTakenBack();
  }

  @Test
  void whenItIsDone_itsDescriptionIsMarked_andItIsDoneAlsoIfThatFails() {
    link.markFailure = new RetriableException("no leader");
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).as("%s", report).isEqualTo(Outcome.DONE);
    assertThat(link.marked).contains(report.id());
  }

  @Test
  void whereWriteAclsAreCopied_writersAreNotFenced() {
    copiesWriteAcls = true;
    SwitchoverReport report = run(QUICK);
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(report.refusals())
        .singleElement()
        .asString()
        .contains("fenceWriters(true)", "AclSync.writes(COPY)", "AclSync.writes(HOLD_BACK)");
    assertThat(source.acls).isEmpty();
    assertThat(link.entries).isEmpty();
    assertThat(run(QUICK.fenceWriters(false)).outcome()).isEqualTo(Outcome.DONE);
  }
}
