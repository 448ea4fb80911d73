package dev.twinlog.testkit.memory;

import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * A progress store in memory, for tests: its data lives as long as its {@link InMemoryProgress}.
 * Saves complete before they return.
 *
 * <p>Thread-safe. Threading, errors, lifecycle and blocking as {@link OffsetMapStore}.
 */
public final class InMemoryProgressStore
    implements OffsetMapStore, LinkRegistry, ConfigLedgerStore {
  private final InMemoryProgress shared;
  private volatile Optional<LinkDescription> registered = Optional.empty();
  private volatile List<MapChunk> chunks = List.of();
  private volatile Map<Resource, Map<String, String>> configs = Map.of();
  private volatile boolean closed;

  InMemoryProgressStore(InMemoryProgress shared) {
    this.shared = shared;
  }

  /** Creates a store with progress of its own. */
  public static InMemoryProgressStore create() {
    return InMemoryProgress.create().openStore();
  }

  @Override
  public Map<SourcePartition, Progress> load() {
    if (closed) {
      throw new LinkFailedException("this in-memory progress store is closed");
    }
    Map<SourcePartition, Progress> saved = shared.takeOver(this);
    registered = shared.description();
    chunks = shared.savedChunks();
    configs = shared.configs();
    return saved;
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    return save(changed, List.of());
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
    List<Progress> progress = List.copyOf(changed);
    List<MapChunk> map = List.copyOf(chunks);
    return complete(() -> shared.save(this, progress, map));
  }

  @Override
  public Collection<MapChunk> takeChunks() {
    List<MapChunk> found = chunks;
    chunks = List.of();
    return found;
  }

  @Override
  public Optional<LinkDescription> registered() {
    return registered;
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    return complete(() -> shared.describe(this, description));
  }

  @Override
  public Map<Resource, Map<String, String>> takeConfigs() {
    Map<Resource, Map<String, String>> found = configs;
    configs = Map.of();
    return found;
  }

  @Override
  public CompletionStage<Void> saveConfigs(Map<Resource, Map<String, String>> changed) {
    return complete(() -> shared.saveConfigs(this, changed));
  }

  private CompletionStage<Void> complete(BooleanSupplier asOwner) {
    try {
      if (closed) {
        throw new LinkFailedException("this in-memory progress store is closed");
      }
      if (!asOwner.getAsBoolean()) {
        throw new FencedException("another instance took this in-memory progress over");
      }
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
