package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

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

  /** A store that remembers moves. */
  private abstract static class WrappedEntries extends Wrapped
      implements EntryStore, ReadableStore {
    private final EntryStore store;

    WrappedEntries(OffsetMapStore store) {
      super(store);
      this.store = (EntryStore) store;
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return store.takeEntries();
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      return store.saveEntries(changed);
    }

    @Override
    public boolean exists() {
      return ((ReadableStore) store).exists();
    }

    @Override
    public Saved read() {
      return ((ReadableStore) store).read();
    }
  }

  /** Tells which phase of a switchover is saved. */
  static final class Phases extends WrappedEntries {
    private final Consumer<String> phase;

    Phases(OffsetMapStore store, Consumer<String> phase) {
      super(store);
      this.phase = phase;
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      MoveEntries.move(changed.stream().filter(entry -> !entry.isRemoved()).toList())
          .phase()
          .ifPresent(now -> phase.accept(now.phase()));
      return super.saveEntries(changed);
    }
  }

  /** Saves the last progress of a link that was moved as that of one that copies. */
  static final class OpenAgain extends WrappedEntries {
    private boolean moved;

    OpenAgain(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      return super.saveEntries(changed)
          .thenRun(
              () ->
                  moved |=
                      MoveEntries.move(changed.stream().filter(one -> !one.isRemoved()).toList())
                          .header()
                          .map(MoveHeader::isDone)
                          .orElse(false));
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      return super.save(moved ? open(changed) : changed, chunks);
    }

    private static List<Progress> open(Collection<Progress> closed) {
      return closed.stream()
          .map(
              one ->
                  new Progress(
                      one.source(),
                      one.sourceNext(),
                      false,
                      one.stagesFingerprint(),
                      one.routes(),
                      one.sourceLeaderEpoch()))
          .toList();
    }
  }

  /** Saves something else than the progress that a reverse link is seeded with. */
  static final class Seeded extends WrappedEntries {
    private final UnaryOperator<Progress> broken;

    Seeded(OffsetMapStore store, UnaryOperator<Progress> broken) {
      super(store);
      this.broken = broken;
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      return super.save(changed.stream().map(broken).toList(), chunks);
    }
  }

  /** Doesn't save offset maps. */
  static final class WithoutMaps extends WrappedEntries {
    WithoutMaps(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      return super.save(changed, List.of());
    }
  }

  /** Doesn't save what has changed in the offset maps when a partition is closed. */
  static final class ShortMaps extends WrappedEntries {
    ShortMaps(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      boolean ends = changed.stream().anyMatch(Progress::clean);
      return super.save(changed, ends ? List.of() : chunks);
    }
  }

  /** Reports what is saved of a move as saved before it is. */
  static final class EarlyEntries extends WrappedEntries {
    EarlyEntries(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      var unused = super.saveEntries(changed);
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Doesn't find that the link was moved. */
  static final class Unmoved extends WrappedEntries {
    Unmoved(OffsetMapStore store) {
      super(store);
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return super.takeEntries().stream()
          .filter(entry -> !MoveEntries.isOfMove(entry.key()))
          .toList();
    }
  }

  /** Finds neither the seams of a move that was begun nor what was known of the source last. */
  static final class WithoutSeams extends WrappedEntries {
    WithoutSeams(OffsetMapStore store) {
      super(store);
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      Collection<StoredEntry> found = super.takeEntries();
      boolean begun = MoveEntries.move(found).header().filter(move -> !move.isDone()).isPresent();
      return begun ? found.stream().filter(entry -> entry.key().equals("move")).toList() : found;
    }
  }

  /** Saves the first ends of the source with the times of later ones. */
  static final class OldEnds extends WrappedEntries {
    private final Map<TopicPartition, Contact> first = new HashMap<>();

    OldEnds(OffsetMapStore store) {
      super(store);
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      Map<String, Map<Integer, Contact>> old = new HashMap<>();
      MoveEntries.contacts(changed)
          .forEach(
              (partition, now) -> {
                Contact before = first.computeIfAbsent(partition, any -> now);
                old.computeIfAbsent(partition.topic(), any -> new HashMap<>())
                    .put(
                        partition.partition(),
                        new Contact(before.end(), now.atMs(), now.timestampMs()));
              });
      List<StoredEntry> saved = new ArrayList<>(changed);
      saved.removeIf(entry -> entry.key().startsWith("contact/"));
      old.forEach((topic, ends) -> saved.add(MoveEntries.ofTopic(topic, ends)));
      return super.saveEntries(saved);
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

  /** Forgets which offsets are skipped. */
  static final class WithoutSkips extends Wrapped {
    WithoutSkips(OffsetMapStore store) {
      super(store);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      Map<SourcePartition, Progress> loaded = new LinkedHashMap<>();
      super.load()
          .forEach((source, one) -> loaded.put(source, one.skipping(SkippedOffsets.none())));
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
                          one.sourceLeaderEpoch(),
                          one.skipped())));
      return loaded;
    }
  }
}
