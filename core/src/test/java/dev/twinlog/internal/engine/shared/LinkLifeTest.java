package dev.twinlog.internal.engine.shared;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.LinkState;
import dev.twinlog.internal.engine.shared.LinkEvent.CloseRequested;
import dev.twinlog.internal.engine.shared.LinkEvent.ClosedUnstarted;
import dev.twinlog.internal.engine.shared.LinkEvent.ConnectFailed;
import dev.twinlog.internal.engine.shared.LinkEvent.Connected;
import dev.twinlog.internal.engine.shared.LinkEvent.Discovered;
import dev.twinlog.internal.engine.shared.LinkEvent.Drained;
import dev.twinlog.internal.engine.shared.LinkEvent.HasEnded;
import dev.twinlog.internal.engine.shared.LinkEvent.Released;
import dev.twinlog.internal.engine.shared.LinkEvent.Resumed;
import dev.twinlog.internal.engine.shared.LinkEvent.Saved;
import dev.twinlog.internal.engine.shared.LinkEvent.Started;
import dev.twinlog.internal.engine.shared.LinkLife.Built;
import dev.twinlog.internal.engine.shared.LinkLife.Connecting;
import dev.twinlog.internal.engine.shared.LinkLife.Disabled;
import dev.twinlog.internal.engine.shared.LinkLife.Draining;
import dev.twinlog.internal.engine.shared.LinkLife.Ended;
import dev.twinlog.internal.engine.shared.LinkLife.Releasing;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.engine.shared.LinkLife.Saving;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The state machine of a link: every event in every state. */
final class LinkLifeTest {
  private static final List<LinkLife> STATES =
      List.of(
          new Disabled(),
          new Built(false),
          new Built(true),
          new Connecting(false, 0, 0),
          new Connecting(true, 3, 5_000),
          new Running(false, false),
          new Running(false, true),
          new Running(true, false),
          new Running(true, true),
          new Draining(5_000),
          new Saving(false, 5_000),
          new Saving(true, 5_000),
          new Releasing(LinkState.STOPPING),
          new Ended(LinkState.STOPPED),
          new Ended(LinkState.FENCED));

  private static final List<LinkEvent> EVENTS =
      List.of(
          new Started(1_000),
          new ClosedUnstarted(),
          new ConnectFailed(2_000),
          new Connected(),
          new Discovered(true),
          new Discovered(false),
          new LinkEvent.Paused(),
          new Resumed(1_000),
          new CloseRequested(9_000),
          new Drained(9_500),
          new Saved(),
          new Released(),
          new LinkEvent.Moved(),
          new HasEnded(LinkState.FAILED));

  private static String name(Object value) {
    return value.getClass().getSimpleName();
  }

  @Test
  void everyEventInEveryState_isInTheTableOfTheReadme() {
    TransitionTable table =
        new TransitionTable(
            "event of a link", STATES.stream().map(LinkLifeTest::name).distinct().toList());
    for (LinkEvent event : EVENTS) {
      for (LinkLife life : STATES) {
        LinkLife next = event.from(life);
        table.add(name(event), name(life), next.equals(life) ? TransitionTable.SAME : name(next));
      }
    }
    assertThat(table.inReadme()).isEqualTo(table.text());
  }

  @Test
  void everyKindOfEventAndState_isTried() {
    assertThat(STATES)
        .extracting(LinkLifeTest::name)
        .containsAll(names(LinkLife.class.getPermittedSubclasses()));
    assertThat(EVENTS)
        .extracting(LinkLifeTest::name)
        .containsAll(names(LinkEvent.class.getPermittedSubclasses()));
  }

  private static List<String> names(Class<?>[] kinds) {
    return Arrays.stream(kinds).map(Class::getSimpleName).toList();
  }

  @Test
  void aLinkThatIsPausedBeforeItIsConnected_isPausedAfterwards() {
    LinkLife life = new Built(true);
    for (LinkEvent event : List.of(new Started(1_000), new ConnectFailed(2_000), new Connected())) {
      life = event.from(life);
    }
    assertThat(life).isEqualTo(new Running(true, true));
    assertThat(life.shown()).isEqualTo(LinkState.PAUSED);
  }

  @Test
  void aPausedLinkWhoseClusterIsAway_isShownAsPausedUntilItIsResumed() {
    LinkLife away =
        new Discovered(false).from(new LinkEvent.Paused().from(new Running(false, true)));
    assertThat(away.shown()).isEqualTo(LinkState.PAUSED);
    LinkLife back = new Discovered(true).from(away);
    assertThat(back.shown()).isEqualTo(LinkState.PAUSED);
    assertThat(new Resumed(0).from(away).shown()).isEqualTo(LinkState.CONNECTING);
    assertThat(new Resumed(0).from(back).shown()).isEqualTo(LinkState.RUNNING);
  }

  @Test
  void aResumedLink_connectsAtOnce() {
    assertThat(new Resumed(1_000).from(new Connecting(true, 3, 5_000)))
        .isEqualTo(new Connecting(false, 3, 1_000));
  }

  @Test
  void onlyChangesThatUsersSee_areReported() {
    List<String> changes = new ArrayList<>();
    CurrentLinkLife life =
        new CurrentLinkLife(
            new Built(false),
            Clock.systemUTC(),
            (from, to, why) -> changes.add(from + " -> " + to + ": " + why));
    assertThat(life.apply(new Started(0), "started")).isTrue();
    assertThat(life.apply(new Started(0), "started twice")).isFalse();
    life.apply(new ConnectFailed(5), "timed out");
    assertThat(life.reason()).isEqualTo("timed out");
    life.apply(new Connected(), "connected");
    life.apply(new Discovered(true), "nothing new");
    life.apply(new CloseRequested(5), "closed");
    life.apply(new Drained(5), "saving");
    assertThat(life.reason()).isEqualTo("closed");
    assertThat(changes)
        .containsExactly(
            "NEW -> CONNECTING: started",
            "CONNECTING -> RUNNING: connected",
            "RUNNING -> STOPPING: closed");
  }
}
