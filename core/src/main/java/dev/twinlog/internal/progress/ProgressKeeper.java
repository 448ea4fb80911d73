package dev.twinlog.internal.progress;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Saves progress to the store, one save at a time; progress that arrives during a save goes into
 * the next one, the newest of each partition. If the store keeps the offset map, every save
 * includes the changed chunks of it, which are never older than the progress in the same save. The
 * content of a failed save is saved again with the next one. Confined to the link's control thread,
 * on which {@code control} runs the completions.
 */
public final class ProgressKeeper {
  private final ProgressStore store;
  private final Optional<OffsetMapStore> offsetMap;
  private final Executor control;
  private final Consumer<ReplicationException> onError;
  private final Supplier<Runnable> proofs;
  private final Supplier<List<MapChunk>> changedChunks;
  private final Map<SourcePartition, Progress> waiting = new LinkedHashMap<>();

  /** The chunks of failed saves. */
  private final Map<ChunkKey, MapChunk> unsaved = new LinkedHashMap<>();

  /** The content of the save that is under way, which is saved again if it fails. */
  private final List<Progress> progressUnderWay = new ArrayList<>();

  private final List<MapChunk> chunksUnderWay = new ArrayList<>();

  private List<CompletableFuture<Void>> waiters = new ArrayList<>();
  private boolean saving;

  private record ChunkKey(Route route, long number) {
    static ChunkKey of(MapChunk chunk) {
      return new ChunkKey(chunk.route(), chunk.number());
    }
  }

  /**
   * Creates a keeper for {@code store}, whose progress was loaded.
   *
   * @param offsetMap the store again, if it also keeps the offset map
   * @param control runs tasks on the control thread
   * @param onError receives the causes of failed saves
   * @param proofs called when a save begins; returns what to run as soon as the save has succeeded,
   *     on the thread that completes it
   * @param changedChunks called when a save begins; returns the changed chunks of the offset map
   */
  public ProgressKeeper(
      ProgressStore store,
      Optional<OffsetMapStore> offsetMap,
      Executor control,
      Consumer<ReplicationException> onError,
      Supplier<Runnable> proofs,
      Supplier<List<MapChunk>> changedChunks) {
    this.proofs = proofs;
    this.changedChunks = changedChunks;
    this.store = store;
    this.offsetMap = offsetMap;
    this.control = control;
    this.onError = onError;
  }

  /** Adds progress to the next save. */
  public void put(Collection<Progress> changed) {
    changed.forEach(progress -> waiting.put(progress.source(), progress));
  }

  /** Saves the waiting progress, if there is any. */
  public void flush() {
    if (!waiting.isEmpty()) {
      startSave();
    }
  }

  /**
   * Starts a save, with or without progress: its success proves that this instance still owns the
   * link.
   */
  public void prove() {
    startSave();
  }

  /** Saves this progress. The stage completes on the control thread when it is stored. */
  public CompletionStage<Void> save(Collection<Progress> changed) {
    put(changed);
    CompletableFuture<Void> saved = new CompletableFuture<>();
    waiters.add(saved);
    startSave();
    return saved;
  }

  /**
   * Saves nothing more of these source partitions: neither what waits, nor again what is under way
   * and fails.
   */
  public void forget(Predicate<TopicPartition> sources) {
    waiting.keySet().removeIf(source -> sources.test(source.partition()));
    unsaved.keySet().removeIf(chunk -> sources.test(chunk.route().source()));
    progressUnderWay.removeIf(progress -> sources.test(progress.source().partition()));
    chunksUnderWay.removeIf(chunk -> sources.test(chunk.route().source()));
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
        takeChunks(); // even if the store keeps no chunks: taking bounds the map's memory
    List<MapChunk> chunks = offsetMap.isPresent() ? taken : List.of();
    progressUnderWay.addAll(batch);
    chunksUnderWay.addAll(chunks);
    Runnable proof = proofs.get();
    CompletionStage<Void> stage;
    try {
      stage = offsetMap.isPresent() ? offsetMap.get().save(batch, chunks) : store.save(batch);
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedStage(e);
    }
    stage.whenComplete(
        (done, error) -> {
          if (error == null) {
            proof.run(); // here, since the control thread may be blocked by another request
          }
          control.execute(() -> saved(asked, error));
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

  private void saved(List<CompletableFuture<Void>> asked, @Nullable Throwable error) {
    saving = false;
    List<Progress> batch = List.copyOf(progressUnderWay);
    List<MapChunk> chunks = List.copyOf(chunksUnderWay);
    progressUnderWay.clear();
    chunksUnderWay.clear();
    if (error == null) {
      asked.forEach(waiter -> waiter.complete(null));
    } else {
      ReplicationException cause =
          FailedStage.asReplicationException("saving progress failed: ", error);
      batch.forEach(progress -> waiting.putIfAbsent(progress.source(), progress));
      chunks.forEach(chunk -> unsaved.put(ChunkKey.of(chunk), chunk));
      asked.forEach(waiter -> waiter.completeExceptionally(cause));
      onError.accept(cause);
    }
    if (!waiters.isEmpty()) {
      startSave();
    }
  }
}
