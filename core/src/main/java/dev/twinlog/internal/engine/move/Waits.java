package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.engine.move.MovableLink.Condition;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The waits of a switchover: until an answer comes, until its deadline, or until it is to stop.
 * Confined to one thread.
 */
final class Waits {
  private static final Duration OFTEN = Duration.ofMillis(100);

  private final Deadline deadline;
  private final CompletableFuture<Void> stop;

  Waits(Deadline deadline, CompletableFuture<Void> stop) {
    this.deadline = deadline;
    this.stop = stop;
  }

  Deadline deadline() {
    return deadline;
  }

  /** Whether nothing is waited for any more. */
  boolean isOver() {
    return deadline.isOver()
        || stop.isCompletedExceptionally()
        || Thread.currentThread().isInterrupted();
  }

  /** As {@link Deadline#await}; fails at once when it is to stop. */
  <T> T await(CompletionStage<T> stage, String what) {
    CompletableFuture<T> either = new CompletableFuture<>();
    var unusedAnswer =
        stage.whenComplete(
            (answer, error) -> {
              if (error == null) {
                either.complete(answer);
              } else {
                either.completeExceptionally(error);
              }
            });
    var unusedStop =
        stop.whenComplete(
            (done, error) -> {
              if (error != null) {
                either.completeExceptionally(error);
              }
            });
    return deadline.await(either, what);
  }

  /** As {@link Deadline#pause(Duration, CompletableFuture)}; fails at once when it is to stop. */
  void pause(Duration wanted) {
    deadline.pause(wanted, stop);
  }

  /** Waits until no partition is being opened for the first time. */
  void untilOpened(MovableLink link) {
    while (link.partitions().values().stream().anyMatch(Condition::isEarly) && !isOver()) {
      pause(OFTEN);
    }
  }
}
