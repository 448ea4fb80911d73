package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waits until the link's store has saved what a sync is about to do. What the store throws is
 * thrown as it is: a {@link FencedException} ends the link. Blocks, so only on the thread of syncs.
 */
final class AwaitedSave {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private AwaitedSave() {}

  /** As {@link #await(CompletionStage, String, Duration)}, for half a minute. */
  static void await(CompletionStage<Void> save, String what) {
    await(save, what, TIMEOUT);
  }

  /**
   * Returns when it is saved.
   *
   * @param what is saved, for messages
   * @throws RetriableException if it may not be saved: then the sync must not do it
   */
  static void await(CompletionStage<Void> save, String what, Duration timeout) {
    try {
      save.toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw LinkFailure.asReplicationException(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw new RetriableException(
          "%s could not be saved within %d ms".formatted(what, timeout.toMillis()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetriableException("saving %s was interrupted".formatted(what), e);
    }
  }
}
