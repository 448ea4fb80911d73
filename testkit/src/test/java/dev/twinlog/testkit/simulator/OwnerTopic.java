package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.testkit.simulator.model.Agenda;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A model of the state topic, which is written in transactions of the link's owner only: a save is
 * applied after a delay, as a whole or not at all; its response may get lost; and once another
 * instance has taken over, no save of a former owner is applied.
 */
final class OwnerTopic {
  /** Receives what is saved. */
  interface Watcher {
    void progress(Collection<Progress> saved);

    void entries(Collection<StoredEntry> saved);
  }

  private static final long TIMEOUT_NANOS = 5_000_000_000L;

  private final Agenda agenda;
  private final Random random;
  private final int delayMs;
  private final Watcher watcher;
  private final boolean remembersMoves;
  private final Map<SourcePartition, Progress> saved = new LinkedHashMap<>();
  private final Map<SourcePartition, Progress> backup = new LinkedHashMap<>();
  private final Map<Route, Map<Long, MapChunk>> chunks = new LinkedHashMap<>();
  private final Map<String, StoredEntry> entries = new LinkedHashMap<>();
  private int owners;
  private int owner = -1;
  private boolean reachable = true;
  private final Set<Integer> cutOff = new HashSet<>();
  private boolean deleted;
  private int lossPercent;

  /**
   * An empty state topic.
   *
   * @param delayMs the longest delay of a request
   * @param watcher receives every save
   * @param remembersMoves whether its stores are {@link EntryStore}s
   */
  OwnerTopic(Agenda agenda, Random random, int delayMs, Watcher watcher, boolean remembersMoves) {
    this.remembersMoves = remembersMoves;
    this.agenda = agenda;
    this.random = random;
    this.delayMs = delayMs;
    this.watcher = watcher;
  }

  /**
   * A store for an instance.
   *
   * @param fenced whether its saves are refused once another instance has taken over, as they
   *     should be
   * @param attentive whether it notices that the topic has lost what an owner had written
   */
  OffsetMapStore openStore(int instance, boolean fenced, boolean attentive) {
    return remembersMoves
        ? new MovableStore(instance, fenced, attentive)
        : new Store(instance, fenced, attentive);
  }

  /** The instance that owns the link. */
  int owner() {
    return owner;
  }

  /** The progress that is saved now. */
  Map<SourcePartition, Progress> saved() {
    return saved;
  }

  /** The parts of offset maps that are saved now. */
  List<MapChunk> chunks() {
    return chunks.values().stream().flatMap(route -> route.values().stream()).toList();
  }

  /** The entries that are saved now. */
  List<StoredEntry> entries() {
    return List.copyOf(entries.values());
  }

  void reachable(boolean now) {
    reachable = now;
  }

  /** Makes the topic unreachable for one instance only, or reachable again. */
  void cutOff(int instance, boolean now) {
    if (now) {
      cutOff.add(instance);
    } else {
      cutOff.remove(instance);
    }
  }

  private boolean isReachable(int instance) {
    return reachable && !cutOff.contains(instance);
  }

  /** Deletes the topic; only the transaction coordinator still knows the owner. */
  void delete() {
    backup.clear();
    backup.putAll(saved);
    saved.clear();
    deleted = true;
  }

  /** Creates the lost state again, as {@code KafkaLinks.rebuild} does. */
  void rebuild() {
    saved.putAll(backup);
    deleted = false;
  }

  boolean isDeleted() {
    return deleted;
  }

  /** Sets the percentage of responses that get lost. */
  void losing(int percent) {
    lossPercent = percent;
  }

  private long delay() {
    return random.nextInt(delayMs + 1) * 1_000_000L;
  }

  private class Store implements OffsetMapStore {
    private final int instance;
    private final boolean fenced;
    private final boolean attentive;
    private int number;
    private boolean closed;
    private List<MapChunk> loaded = List.of();

    Store(int instance, boolean fenced, boolean attentive) {
      this.instance = instance;
      this.fenced = fenced;
      this.attentive = attentive;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      if (!isReachable(instance) || closed) {
        throw new RetriableException("the state topic can't be reached");
      }
      if (deleted && attentive) {
        throw new LinkFailedException(
            "the link was owned %d times, and its state topic holds nothing".formatted(owners));
      }
      number = ++owners;
      owner = instance;
      loaded = deleted ? List.of() : chunks();
      return new LinkedHashMap<>(saved);
    }

    @Override
    public Collection<MapChunk> takeChunks() {
      List<MapChunk> found = loaded;
      loaded = List.of();
      return found;
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return save(changed, List.of());
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> map) {
      CompletableFuture<Void> stage = new CompletableFuture<>();
      List<Progress> progress = List.copyOf(changed);
      List<MapChunk> some = List.copyOf(map);
      agenda.after(
          delay(),
          () ->
              commit(
                  stage,
                  () -> {
                    progress.forEach(one -> saved.put(one.source(), one));
                    some.forEach(this::keep);
                    watcher.progress(progress);
                  }));
      return stage;
    }

    void commit(CompletableFuture<Void> stage, Runnable change) {
      RetriableException lost = new RetriableException("no answer from the state topic");
      if (cutOff.contains(instance)) {
        agenda.after(TIMEOUT_NANOS, () -> stage.completeExceptionally(lost));
      } else if (fenced && number != owners) {
        agenda.after(
            delay(),
            () -> stage.completeExceptionally(new FencedException("another instance took over")));
      } else if (!reachable) {
        agenda.after(TIMEOUT_NANOS, () -> stage.completeExceptionally(lost));
      } else {
        change.run();
        boolean answered = random.nextInt(100) >= lossPercent;
        agenda.after(
            answered ? delay() : TIMEOUT_NANOS,
            () -> {
              if (answered) {
                stage.complete(null);
              } else {
                stage.completeExceptionally(lost);
              }
            });
      }
    }

    private void keep(MapChunk chunk) {
      Map<Long, MapChunk> route =
          chunks.computeIfAbsent(chunk.route(), name -> new LinkedHashMap<>());
      if (chunk.isRemoved()) {
        route.remove(chunk.number());
      } else {
        route.put(chunk.number(), chunk);
      }
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  /** A store that remembers moves as well, and can be read by anybody. */
  private final class MovableStore extends Store implements EntryStore, ReadableStore {
    private final int instance;
    private List<StoredEntry> found = List.of();
    private long lastAt;

    MovableStore(int instance, boolean fenced, boolean attentive) {
      super(instance, fenced, attentive);
      this.instance = instance;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      Map<SourcePartition, Progress> progress = super.load();
      found = List.copyOf(entries.values());
      return progress;
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      List<StoredEntry> taken = found;
      found = List.of();
      return taken;
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      CompletableFuture<Void> stage = new CompletableFuture<>();
      List<StoredEntry> some = List.copyOf(changed);
      // one transaction after the other
      lastAt = Math.max(lastAt, agenda.now() + delay());
      agenda.after(
          lastAt - agenda.now(),
          () ->
              commit(
                  stage,
                  () -> {
                    some.forEach(this::keep);
                    watcher.entries(some);
                  }));
      return stage;
    }

    private void keep(StoredEntry entry) {
      if (entry.isRemoved()) {
        entries.remove(entry.key());
      } else {
        entries.put(entry.key(), entry);
      }
    }

    @Override
    public boolean exists() {
      return !read().progress().isEmpty() || !entries.isEmpty();
    }

    @Override
    public Saved read() {
      if (!isReachable(instance)) {
        throw new RetriableException("the state topic can't be reached");
      }
      return new Saved(saved, chunks(), List.of(), entries.values());
    }
  }
}
