package dev.twinlog.testkit.memory;

import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The stored state of a link in memory, which survives restarts of the link: progress, offset map,
 * configs that were set, owner and description. Each instance of the link opens a store of its own
 * on it.
 *
 * <p>Thread-safe.
 */
public final class InMemoryProgress {
  private record ChunkKey(Route route, long number) {}

  private final Map<SourcePartition, Progress> saved = new LinkedHashMap<>();
  private final Map<ChunkKey, MapChunk> chunks = new LinkedHashMap<>();
  private final Map<Resource, Map<String, String>> configs = new HashMap<>();
  private @Nullable InMemoryProgressStore owner;
  private @Nullable LinkDescription description;
  private @Nullable ReplicationException fault;

  private InMemoryProgress() {}

  /** An empty state. */
  public static InMemoryProgress create() {
    return new InMemoryProgress();
  }

  /** A store for one instance of the link; it becomes the owner when it is loaded. */
  public InMemoryProgressStore openStore() {
    return new InMemoryProgressStore(this);
  }

  /** The progress that is saved now. */
  public synchronized Map<SourcePartition, Progress> saved() {
    return Map.copyOf(saved);
  }

  /** The chunks of the offset map that are saved now. */
  public synchronized List<MapChunk> savedChunks() {
    return List.copyOf(chunks.values());
  }

  /** The configs that the link has set in the target, as they are saved now. */
  public synchronized Map<Resource, Map<String, String>> configs() {
    return Map.copyOf(configs);
  }

  /** The description of the link. */
  public synchronized Optional<LinkDescription> description() {
    return Optional.ofNullable(description);
  }

  /** Makes every load and save fail with this until {@link #heal()}. */
  public synchronized void failWith(ReplicationException cause) {
    fault = cause;
  }

  /** Ends {@link #failWith}. */
  public synchronized void heal() {
    fault = null;
  }

  // Called by the stores.

  synchronized Map<SourcePartition, Progress> takeOver(InMemoryProgressStore store) {
    checkHealthy();
    owner = store;
    return Map.copyOf(saved);
  }

  /** Saves if the store is the owner; returns whether it is. */
  synchronized boolean save(
      InMemoryProgressStore store, Collection<Progress> changed, Collection<MapChunk> map) {
    checkHealthy();
    if (owner == store) {
      changed.forEach(progress -> saved.put(progress.source(), progress));
      map.forEach(this::keep);
    }
    return owner == store;
  }

  private void keep(MapChunk chunk) {
    ChunkKey key = new ChunkKey(chunk.route(), chunk.number());
    if (chunk.isRemoved()) {
      chunks.remove(key);
    } else {
      chunks.put(key, chunk);
    }
  }

  synchronized boolean describe(InMemoryProgressStore store, Optional<LinkDescription> link) {
    checkHealthy();
    if (owner == store) {
      description = link.orElse(null);
    }
    return owner == store;
  }

  synchronized boolean saveConfigs(
      InMemoryProgressStore store, Map<Resource, Map<String, String>> changed) {
    checkHealthy();
    if (owner == store) {
      configs.putAll(changed);
      configs.values().removeIf(Map::isEmpty);
    }
    return owner == store;
  }

  private void checkHealthy() {
    if (fault != null) {
      throw fault;
    }
  }
}
