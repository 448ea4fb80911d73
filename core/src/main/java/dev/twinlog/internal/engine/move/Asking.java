package dev.twinlog.internal.engine.move;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** How the source and the sink of a link are called: on the threads on which they may be. */
public interface Asking {

  /** Calls the source or the sink. */
  <T> CompletionStage<T> ask(Supplier<T> call);

  /** Calls them for ACLs or groups. */
  <T> CompletionStage<T> askSyncs(Supplier<T> call);

  /** Of a link that does not run: by the caller. */
  static Asking directly() {
    return new Asking() {
      @Override
      public <T> CompletionStage<T> ask(Supplier<T> call) {
        try {
          return CompletableFuture.completedStage(call.get());
        } catch (RuntimeException e) {
          return CompletableFuture.failedStage(e);
        }
      }

      @Override
      public <T> CompletionStage<T> askSyncs(Supplier<T> call) {
        return ask(call);
      }
    };
  }
}
