package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.internal.engine.move.Failover.Live;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests failovers of some topics of a link. */
final class FailoverOfTopicsTest extends FailoverCase {
  private static final TopicPartition BILLS = new TopicPartition("bills", 0);
  private static final FailoverOptions ORDERS = QUICK.topics(TopicSelector.named("orders"));

  @BeforeEach
  void twoTopics() {
    stored.progress(0, 100, false, (byte) 1);
    stored.progress(1, 200, true, (byte) 1);
    stored.progress(new Route(BILLS, new TopicPartition("copied-bills", 0)), 300, false, (byte) 1);
    live =
        new Live(
            Map.of(
                source(0),
                new Contact(100, 5, 4),
                source(1),
                new Contact(200, 5, 4),
                BILLS,
                new Contact(300, 5, 4)),
            Map.of(),
            Set.of());
  }

  private MoveEntries.Stored saved() {
    return MoveEntries.move(stored.entries.values());
  }

  @Test
  void someTopics_areFencedAndSaved_theOthersAreLeftAlone() {
    FailoverReport report = run(ORDERS);
    assertThat(report.outcome()).isEqualTo(Outcome.DONE);
    assertThat(report.partitions()).containsOnlyKeys(source(0), source(1));
    assertThat(fences.asked).containsExactly(route(0));
    assertThat(saved().header()).as("the link is not moved").isEmpty();
    assertThat(saved().seams()).containsOnlyKeys(source(0), source(1));
    assertThat(MoveScope.topics(saved())).containsExactly("orders");
    assertThat(MoveScope.reasons(saved()).get("orders")).contains("failover", "anna");
  }

  @Test
  void again_itIsTheSame_andAlsoInADryRun() {
    FailoverReport report = run(ORDERS);
    for (FailoverReport again : List.of(run(ORDERS.actor("ben")), run(ORDERS.dryRun()))) {
      assertThat(again.repeated()).isTrue();
      assertThat(again.id()).isEqualTo(report.id());
      assertThat(again.actor()).isEqualTo("anna");
      assertThat(again.partitions().toString()).isEqualTo(report.partitions().toString());
    }
  }

  @Test
  void aDryRun_saysWhatWouldBeMoved_andChangesNothing() {
    FailoverReport report = run(ORDERS.dryRun());
    assertThat(report.outcome()).isEqualTo(Outcome.DRY_RUN);
    assertThat(report.partitions()).containsOnlyKeys(source(0), source(1));
    assertThat(stored.entries).isEmpty();
    assertThat(stored.owners).isZero();
  }

  @Test
  void theRest_isMovedLater_byTopicsOrAsAWhole() {
    run(ORDERS);
    FailoverReport bills = run(QUICK.topics(TopicSelector.matching("b.*|orders")));
    assertThat(bills.partitions()).as("those that were not moved").containsOnlyKeys(BILLS);
    assertThat(MoveScope.topics(saved())).containsExactlyInAnyOrder("orders", "bills");
    FailoverReport whole = run(QUICK);
    assertThat(whole.outcome()).isEqualTo(Outcome.DONE);
    assertThat(whole.partitions()).isEmpty();
    assertThat(saved().header()).isPresent();
    assertThat(saved().seams()).containsOnlyKeys(source(0), source(1), BILLS);
  }

  @Test
  void topicsOfSeveralMoves_areNamedWithThem() {
    run(ORDERS);
    run(QUICK.topics(TopicSelector.named("bills")));
    assertThatThrownBy(() -> run(QUICK.topics(TopicSelector.matching(".*"))))
        .isInstanceOf(ReplicationException.class)
        .hasMessageContaining("moved before, by several calls")
        .hasMessageContainingAll("bills", "orders");
  }

  @Test
  void aSelectionOfNothing_isRefused_withWhatThereIs() {
    assertThatThrownBy(() -> run(QUICK.topics(TopicSelector.named("oders"))))
        .isInstanceOf(ReplicationException.class)
        .hasMessage("topics(...) selects no topic of link x, which has copied [bills, orders]");
    assertThat(stored.entries).isEmpty();
    assertThat(stored.owners).as("the owner goes on").isZero();
  }

  @Test
  void ofALinkThatIsMovedAsAWhole_noTopicsCanBeMoved() {
    FailoverReport whole = run(QUICK);
    assertThatThrownBy(() -> run(ORDERS))
        .isInstanceOf(ReplicationException.class)
        .hasMessageContaining("the failover of the whole link was begun")
        .hasMessageContaining("call failover without topics(...)");
    assertThat(run(QUICK).id()).as("which this advises").isEqualTo(whole.id());
  }

  @Test
  void whatCanNotBeFenced_movesNothing_andTheNextCallMovesAll() {
    fences.silent = true;
    Map<String, StoredEntry> before = Map.copyOf(stored.entries);
    FailoverReport incomplete = run(ORDERS.deadline(Duration.ofMillis(50)));
    assertThat(incomplete.outcome()).isEqualTo(Outcome.INCOMPLETE);
    assertThat(incomplete.partitions()).isEmpty();
    assertThat(incomplete.todo()).first().asString().contains("no topic was moved");
    assertThat(stored.entries).isEqualTo(before);
    fences.silent = false;
    assertThat(run(ORDERS).partitions()).containsOnlyKeys(source(0), source(1));
  }

  @Test
  void anAnswerThatGetsLost_isNotTakenForTheWorkOfAnEarlierCall() {
    stored.unansweredAfter = 0;
    assertThat(run(ORDERS).repeated()).isFalse();
    assertThat(run(ORDERS).repeated()).isTrue();
  }

  @Test
  void anotherCallThatFinishesFirst_isTheEarlierOne() {
    List<FailoverReport> other = new ArrayList<>();
    stored.saves = 0;
    stored.beforeSave = () -> other.add(run(ORDERS.actor("ben")));
    FailoverReport report = run(ORDERS);
    assertThat(report.repeated()).isTrue();
    assertThat(report.id()).isEqualTo(other.get(0).id());
    assertThat(report.actor()).isEqualTo("ben");
  }

  @Test
  void anotherInstanceThatTakesTheLinkOver_isTakenOver() {
    stored.takenOverAfter = 0;
    assertThat(run(ORDERS).outcome()).isEqualTo(Outcome.DONE);
  }
}
