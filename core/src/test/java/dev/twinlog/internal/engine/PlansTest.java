package dev.twinlog.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.SyncChange;
import dev.twinlog.internal.engine.Plans.Asked;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Tests how the plans of duties become one. */
final class PlansTest {
  private static final Change CREATED =
      new Change(SyncChange.Kind.CREATE_TOPIC, "orders", Optional.empty(), Optional.of("1"));

  /** Calls at once. */
  private static final class Direct implements Calls {
    @Override
    public <T> void call(
        Supplier<T> call, Consumer<T> onAnswer, Consumer<RuntimeException> onFailure) {
      T answer;
      try {
        answer = call.get();
      } catch (RuntimeException e) {
        onFailure.accept(e);
        return;
      }
      onAnswer.accept(answer);
    }
  }

  private record Planned(String name, Optional<Supplier<PlannedChanges>> plan)
      implements PlannedDuty {
    @Override
    public Optional<Supplier<PlannedChanges>> preparePlan() {
      return plan;
    }

    @Override
    public Optional<Supplier<Runnable>> prepare() {
      throw new AssertionError("a plan changes nothing");
    }

    @Override
    public Duration interval() {
      return Duration.ofSeconds(1);
    }
  }

  private static Asked finds(Change... changes) {
    PlannedChanges found = new PlannedChanges(List.of(changes), List.of("a note"));
    return new Asked(new Planned("finds", Optional.of(() -> found)), new Direct());
  }

  private static Asked fails() {
    Supplier<PlannedChanges> plan =
        () -> {
          throw new RetriableException("eu-west is away");
        };
    return new Asked(new Planned("fails", Optional.of(plan)), new Direct());
  }

  private static Asked nothing() {
    return new Asked(new Planned("nothing", Optional.empty()), new Direct());
  }

  private static CompletableFuture<PlannedChanges> ask(Asked... duties) {
    CompletableFuture<PlannedChanges> done = new CompletableFuture<>();
    Plans.ask(List.of(duties), done);
    return done;
  }

  @Test
  void plans_areJoinedInTheirOrder() {
    assertThat(ask(finds(CREATED), nothing(), finds()))
        .isCompletedWithValue(new PlannedChanges(List.of(CREATED), List.of("a note", "a note")));
  }

  @Test
  void aDutyThatCannotSay_isANote() {
    assertThat(ask(fails(), finds(CREATED)))
        .isCompletedWithValue(
            new PlannedChanges(
                List.of(CREATED),
                List.of("fails can't be planned now: eu-west is away", "a note")));
  }

  @Test
  void noDutyThatCanSay_isAFailure() {
    assertThat(ask(nothing(), fails()))
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("eu-west is away");
    assertThat(ask(nothing())).isCompletedWithValue(PlannedChanges.NONE);
  }
}
