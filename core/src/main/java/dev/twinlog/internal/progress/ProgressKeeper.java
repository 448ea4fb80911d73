package dev.twinlog.internal.progress;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings progress to the store, one save at a time; what arrives meanwhile goes into the next one,
 * the newest of each partition. Where the store can keep the offset map, what has changed of it
 * goes with every save, and is never behind the progress that it goes with. A save that fails is
 * part of the next one, too. Confined to the link's control thread, onto which {@code control}
 * brings the store's answers.
 */
public final class ProgressKeeper {
  private final ProgressStore store;
  private final Executor control;
  private final Consumer<ReplicationException> onError;
  private final Supplier<Runnable> proofs;
  private final Supplier<List<MapChunk>> changedChunks;
  private final Map<SourcePartition, Progress> waiting = new LinkedHashMap<>();

  /** Chunks of a save that failed. */
  private final Map<ChunkKey, MapChunk> unsaved = new LinkedHashMap<>();

  private List<CompletableFuture<Void>> waiters = new ArrayList<>();
  private boolean saving;

  private record ChunkKey(Route route, long number) {
    static ChunkKey of(MapChunk chunk) {
      return new ChunkKey(chunk.route(), chunk.number());
    }
  }

  /**
   * Keeps progress in {@code store}, which was loaded.
   *
   * @param control brings the store's answers onto the control thread
   * @param onError is told of saves that failed
   * @param proofs is asked when a save begins for what to run when it has succeeded, at once, on
   *     whatever thread that is known
   * @param changedChunks gives away what has changed of the offset map, when a save begins
   */
  public ProgressKeeper(
      ProgressStore store,
      Executor control,
      Consumer<ReplicationException> onError,
      Supplier<Runnable> proofs,
      Supplier<List<MapChunk>> changedChunks) {
    this.proofs = proofs;
    this.changedChunks = changedChunks;
    this.store = store;
    this.control = control;
    this.onError = onError;
  }

  /** Takes progress along with the next save. */
  public void put(Collection<Progress> changed) {
    changed.forEach(progress -> waiting.put(progress.source(), progress));
  }

  /** Saves what waits, if anything does. */
  public void flush() {
    if (!waiting.isEmpty()) {
      startSave();
    }
  }

  /** Proves that the link still belongs to this instance, with or without progress to save. */
  public void prove() {
    startSave();
  }

  /** Saves these, and says when they are safe; the stage completes on the control thread. */
  public CompletionStage<Void> save(Collection<Progress> changed) {
    put(changed);
    CompletableFuture<Void> saved = new CompletableFuture<>();
    waiters.add(saved);
    startSave();
    return saved;
  }

  private void startSave() {
    if (saving) {
      return;
    }
    saving = true;
    List<Progress> batch = List.copyOf(waiting.values());
    List<CompletableFuture<Void>> asked = waiters;
    waiting.clear();
    waiters = new ArrayList<>();
    List<MapChunk> taken =
        takeChunks(); // whatever the store: taking keeps the map within its bound
    List<MapChunk> chunks = store instanceof OffsetMapStore ? taken : List.of();
    Runnable proof = proofs.get();
    CompletionStage<Void> stage;
    try {
      stage =
          store instanceof OffsetMapStore mapStore
              ? mapStore.save(batch, chunks)
              : store.save(batch);
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedStage(e);
    }
    stage.whenComplete(
        (done, error) -> {
          if (error == null) {
            proof.run(); // the control thread may be waiting for a cluster that doesn't answer
          }
          control.execute(() -> saved(batch, chunks, asked, error));
        });
  }

  private List<MapChunk> takeChunks() {
    List<MapChunk> changed = changedChunks.get();
    if (unsaved.isEmpty()) {
      return changed;
    }
    changed.forEach(chunk -> unsaved.put(ChunkKey.of(chunk), chunk));
    List<MapChunk> all = List.copyOf(unsaved.values());
    unsaved.clear();
    return all;
  }

  private void saved(
      List<Progress> batch,
      List<MapChunk> chunks,
      List<CompletableFuture<Void>> asked,
      @Nullable Throwable error) {
    saving = false;
    if (error == null) {
      asked.forEach(waiter -> waiter.complete(null));
    } else {
      ReplicationException cause = asReplicationException(error);
      batch.forEach(progress -> waiting.putIfAbsent(progress.source(), progress));
      chunks.forEach(chunk -> unsaved.put(ChunkKey.of(chunk), chunk));
      asked.forEach(waiter -> waiter.completeExceptionally(cause));
      onError.accept(cause);
    }
    if (!waiters.isEmpty()) {
      startSave();
    }
  }

  private static ReplicationException asReplicationException(Throwable error) {
    Throwable cause = FailedStage.cause(error);
    return cause instanceof ReplicationException known
        ? known
        : new RetriableException("saving progress failed: " + cause, cause);
  }
}
