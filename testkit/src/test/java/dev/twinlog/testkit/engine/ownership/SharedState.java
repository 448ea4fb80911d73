package dev.twinlog.testkit.engine.ownership;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.ownership.OwnerLease;
import dev.twinlog.internal.engine.ownership.Ownership;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The state of a link that several instances share, in memory. A test gives shards to an instance
 * and takes them back, as a group of consumers would. An instance that has lost a shard and was not
 * told so yet can save nothing at all, as a member of an earlier generation.
 *
 * <p>Not thread-safe: for instances that one thread steps.
 */
final class SharedState {
  private record ChunkKey(Route route, long number) {}

  private final Shards shards;
  private final Map<SourcePartition, Progress> progress = new LinkedHashMap<>();
  private final Map<ChunkKey, MapChunk> chunks = new LinkedHashMap<>();
  private final Map<Integer, Claim> owners = new HashMap<>();

  SharedState(int shards) {
    this.shards = new Shards(shards);
  }

  Shards shards() {
    return shards;
  }

  /** The saved progress of a partition. */
  Progress progress(TopicPartition source) {
    return progress.values().stream()
        .filter(saved -> saved.source().partition().equals(source))
        .findFirst()
        .orElseThrow();
  }

  /** Saves progress as another instance would have. */
  void replace(Progress saved) {
    progress.put(saved.source(), saved);
  }

  /** Whether no instance owns the shard. */
  boolean isFree(int shard) {
    return !owners.containsKey(shard);
  }

  /** An instance of the link, with the store that it uses. */
  Instance instance(LinkTime time) {
    return new Instance(time);
  }

  /** The ownership and the store of one instance. */
  final class Instance implements Ownership, OffsetMapStore {
    private final LinkTime time;
    private final List<Claim> claims = new ArrayList<>();
    private final List<Claim> released = new ArrayList<>();
    private final List<Progress> saved = new ArrayList<>();
    private final List<CompletableFuture<Void>> held = new ArrayList<>();
    private @Nullable Listener listener;
    private @Nullable Executor control;
    private boolean holding;
    private boolean closed;

    private Instance(LinkTime time) {
      this.time = time;
    }

    // What a test does.

    /** Claims shards that no instance owns, with what is stored of it now. */
    Claim claim(Integer... numbers) {
      tellLost(); // an instance that takes part again knows what it has lost
      Set<Integer> claimed = Set.of(numbers);
      OwnerLease lease = new OwnerLease(time);
      lease.takenOver(lease.now());
      Map<SourcePartition, Progress> known = new HashMap<>(progress);
      known.keySet().removeIf(source -> !claimed.contains(shards.of(source.partition())));
      List<MapChunk> maps = new ArrayList<>(chunks.values());
      maps.removeIf(chunk -> !claimed.contains(shards.of(chunk.route().source())));
      Claim claim =
          new Claim(
              shards,
              claimed,
              lease,
              new Claim.Loaded(
                  known, OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, maps), known.isEmpty()));
      for (int number : claimed) {
        if (owners.put(number, claim) != null) {
          throw new IllegalStateException("shard %d has an owner".formatted(number));
        }
      }
      claims.add(claim);
      tell(it -> it.claimed(claim));
      return claim;
    }

    void revoke(Claim claim) {
      tell(it -> it.revoked(claim));
    }

    /** Another instance may claim these shards from now on; this one is not told yet. */
    void lose(Claim claim) {
      owners.values().removeIf(one -> one == claim);
    }

    /** Tells this instance of the claims that it has lost. */
    void tellLost() {
      for (Claim claim : List.copyOf(claims)) {
        if (!owns(claim)) {
          tell(
              it -> {
                if (claims.remove(claim)) {
                  it.lost(claim);
                }
              });
        }
      }
    }

    /** Whether it has lost a claim and doesn't know. */
    boolean isStale() {
      return claims.stream().anyMatch(claim -> !owns(claim));
    }

    /** Everything that was saved, or was to be saved, since the last call. */
    List<Progress> takeSaved() {
      List<Progress> taken = List.copyOf(saved);
      saved.clear();
      return taken;
    }

    List<Claim> released() {
      return released;
    }

    /** Saves from now on are not answered. */
    void holdSaves() {
      holding = true;
    }

    /** Fails the saves that were held, and answers later ones at once. */
    void failHeldSaves() {
      holding = false;
      List<CompletableFuture<Void>> all = List.copyOf(held);
      held.clear();
      all.forEach(save -> save.completeExceptionally(new RetriableException("no answer")));
    }

    private void tell(Consumer<Listener> event) {
      Listener told = listener;
      Executor thread = control;
      if (told != null && thread != null && !closed) {
        thread.execute(() -> event.accept(told));
      }
    }

    private boolean owns(Claim claim) {
      return owners.containsValue(claim);
    }

    private void refuseIfStale(Collection<Progress> changed, Collection<MapChunk> map) {
      boolean foreign =
          changed.stream().anyMatch(one -> !owns(one.source().partition()))
              || map.stream().anyMatch(chunk -> !owns(chunk.route().source()));
      if (foreign && !isStale()) {
        throw new AssertionError("saves what it was told not to own: " + changed + map);
      }
      if (isStale()) {
        throw new RetriableException("the instance has lost a shard");
      }
    }

    private boolean owns(TopicPartition source) {
      return claims.contains(owners.get(shards.of(source)));
    }

    // Ownership.

    @Override
    public void join(ProgressStore store, Optional<OffsetMapStore> offsetMap) {}

    @Override
    public void begin(Listener to, Executor thread) {
      listener = to;
      control = thread;
      List.copyOf(claims).forEach(to::claimed);
    }

    @Override
    public void released(Claim claim) {
      claims.remove(claim);
      released.add(claim);
      lose(claim);
    }

    @Override
    public void close() {
      closed = true;
      claims.forEach(this::lose);
      claims.clear();
    }

    // The store.

    @Override
    public Map<SourcePartition, Progress> load() {
      throw new UnsupportedOperationException("shards are loaded when they are claimed");
    }

    @Override
    public Collection<MapChunk> takeChunks() {
      throw new UnsupportedOperationException("shards are loaded when they are claimed");
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return save(changed, List.of());
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> map) {
      saved.addAll(changed);
      if (holding) {
        CompletableFuture<Void> save = new CompletableFuture<>();
        held.add(save);
        return save;
      }
      try {
        refuseIfStale(changed, map);
      } catch (RetriableException e) {
        return CompletableFuture.failedFuture(e);
      }
      changed.forEach(SharedState.this::replace);
      for (MapChunk chunk : map) {
        ChunkKey key = new ChunkKey(chunk.route(), chunk.number());
        if (chunk.isRemoved()) {
          chunks.remove(key);
        } else {
          chunks.put(key, chunk);
        }
      }
      return CompletableFuture.completedFuture(null);
    }
  }
}
