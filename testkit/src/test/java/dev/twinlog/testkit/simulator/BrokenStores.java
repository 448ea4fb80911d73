package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Progress stores that each break a rule. */
final class BrokenStores {
  private BrokenStores() {}

  private abstract static class Wrapped implements OffsetMapStore {
    private final OffsetMapStore store;

    Wrapped(OffsetMapStore store) {
      this.store = store;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return store.load();
    }

    @Override
    public Collection<MapChunk> takeChunks() {
      return store.takeChunks();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return store.save(changed);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      return store.save(changed, chunks);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /** Reports a save as done before it is. */
  static final class Early extends Wrapped {
    Early(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      var unused = super.save(changed);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      var unused = super.save(changed, chunks);
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Doesn't store the source's leader epochs. */
  static final class WithoutEpochs extends Wrapped {
    WithoutEpochs(OffsetMapStore store) {
      super(store);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      Map<SourcePartition, Progress> loaded = new LinkedHashMap<>();
      super.load()
          .forEach(
              (source, one) ->
                  loaded.put(
                      source,
                      new Progress(
                          source,
                          one.sourceNext(),
                          one.clean(),
                          one.stagesFingerprint(),
                          one.routes())));
      return loaded;
    }
  }

  /** Reports all partitions as cleanly closed. */
  static final class Clean extends Wrapped {
    Clean(OffsetMapStore store) {
      super(store);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      Map<SourcePartition, Progress> loaded = new LinkedHashMap<>();
      super.load()
          .forEach(
              (source, one) ->
                  loaded.put(
                      source,
                      new Progress(
                          source,
                          one.sourceNext(),
                          true,
                          one.stagesFingerprint(),
                          one.routes(),
                          one.sourceLeaderEpoch())));
      return loaded;
    }
  }
}
