package dev.twinlog.internal.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Ended;
import dev.twinlog.internal.engine.shared.TransitionTable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests every event in every state of a partition. */
final class PartitionLifeTest extends PartitionLives {
  private static String name(Object value) {
    return value.getClass().getSimpleName();
  }

  @Test
  void everyEventInEveryState_isInTheTableOfTheReadme() {
    List<String> columns =
        new ArrayList<>(states().stream().map(PartitionLifeTest::name).distinct().toList());
    columns.add("causes");
    TransitionTable table = new TransitionTable("event of a partition", columns);
    for (PartitionEvent event : events()) {
      for (PartitionLife life : states()) {
        Step step = next(life, event);
        boolean same = step.equals(Step.stay(life));
        table.add(name(event), name(life), same ? TransitionTable.SAME : name(step.next()));
        step.effects().forEach(effect -> table.add(name(event), "causes", name(effect)));
      }
    }
    assertThat(table.inReadme()).isEqualTo(table.text());
  }

  @Test
  void everyKindOfEventAndState_isTried() {
    assertThat(states())
        .extracting(PartitionLifeTest::name)
        .containsAll(kinds(PartitionLife.class));
    assertThat(events())
        .extracting(PartitionLifeTest::name)
        .containsAll(kinds(PartitionEvent.class));
  }

  private static List<String> kinds(Class<?> sealed) {
    List<String> kinds = new ArrayList<>();
    for (Class<?> permitted : sealed.getPermittedSubclasses()) {
      if (permitted.isInterface()) {
        kinds.addAll(kinds(permitted));
      } else {
        kinds.add(permitted.getSimpleName());
      }
    }
    return kinds;
  }

  /** Otherwise users would see something else than what is. */
  @Test
  void aStateThatIsShownDifferently_causesThatItIsShown() {
    for (PartitionEvent event : events()) {
      for (PartitionLife life : states()) {
        Step step = next(life, event);
        if (step.next().shown() != life.shown()) {
          assertThat(step.effects())
              .as("%s in %s", event, life)
              .anyMatch(
                  effect ->
                      effect instanceof Show || effect instanceof PartitionEffect.CloseFigures);
        }
      }
    }
  }

  @Test
  void afterTheLinkHasEnded_nothingChanges() {
    Ended ended = new Ended(PartitionState.STOPPED);
    assertThat(events()).allMatch(event -> next(ended, event).equals(Step.stay(ended)));
  }
}
