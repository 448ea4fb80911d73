package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Waits, at most until a point in time. Immutable. */
public final class Deadline {
  private final LinkTime time;
  private final Duration length;
  private final long nanos;

  /** A deadline that far from now. */
  public Deadline(LinkTime time, Duration length) {
    this.time = time;
    this.length = length;
    this.nanos = time.nanoTime() + length.toNanos();
  }

  boolean isOver() {
    return left().isZero();
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(0, nanos - time.nanoTime()));
  }

  /**
   * Waits for an answer.
   *
   * @param what what is waited for, for the message
   * @throws RetriableException if there is none in time, or the thread is interrupted
   * @throws ReplicationException if that is the answer
   */
  <T> T await(CompletionStage<T> stage, String what) {
    try {
      return time.await(stage.toCompletableFuture(), left().toNanos());
    } catch (TimeoutException e) {
      throw new RetriableException("%s took longer than %s".formatted(what, length), e);
    } catch (ExecutionException e) {
      throw LinkFailure.asReplicationException(Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      throw interrupted(what, e);
    }
  }

  /**
   * Pauses this long, but not longer than until the deadline.
   *
   * @throws RetriableException if the thread is interrupted
   */
  void pause(Duration wanted) {
    CompletableFuture<Void> never = new CompletableFuture<>();
    try {
      time.await(never, Math.min(wanted.toNanos(), left().toNanos()));
    } catch (TimeoutException e) {
      // as wanted
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // it has no answer
    } catch (InterruptedException e) {
      throw interrupted("a pause between two attempts", e);
    }
  }

  /**
   * Pauses this long.
   *
   * @param stop ends the pause if it is completed exceptionally, as this call is then
   * @throws RetriableException if the deadline comes first, or the thread is interrupted
   */
  void pause(Duration wanted, CompletableFuture<Void> stop) {
    if (wanted.compareTo(left()) >= 0) {
      Object unused = await(stop, "waiting");
      return;
    }
    try {
      Object unused = time.await(stop, wanted.toNanos());
    } catch (TimeoutException e) {
      // as wanted
    } catch (ExecutionException e) {
      throw LinkFailure.asReplicationException(Objects.requireNonNullElse(e.getCause(), e));
    } catch (InterruptedException e) {
      throw interrupted("waiting", e);
    }
  }

  private static RetriableException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RetriableException(what + " was interrupted", e);
  }
}
