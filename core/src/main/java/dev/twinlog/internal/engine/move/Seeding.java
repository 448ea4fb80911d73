package dev.twinlog.internal.engine.move;

import dev.twinlog.MoveProgress;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.ReverseOptions;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.engine.sync.GroupBaseline;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.offsets.InvertedMap;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SkippedOffsets.Range;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Gives a reverse link its state: for each partition where it continues, and the offsets of all
 * that was copied before; and the positions of consumer groups, which it may replace. Until that is
 * complete the link doesn't start. Used once, by one thread.
 */
final class Seeding implements AutoCloseable {
  private static final int AT_ONCE = 1_000;
  private static final Duration SAVE = Duration.ofSeconds(60);

  private final Reverse.Parts parts;
  private final MovedLink moved;
  private final String name;
  private final ReverseOptions options;
  private final StoreAbilities store;
  private final EntryStore entries;
  private final OffsetMapStore mapStore;
  private final LinkRegistry registry;
  private final Map<Route, Set<Long>> oldChunks = new HashMap<>();
  private final Map<Route, CopiedRoute> copied = new HashMap<>();
  private final Map<TopicPartition, SkippedOffsets> copies = new HashMap<>();
  private final Map<TopicPartition, SkippedOffsets> before;
  private final OffsetMaps forward;
  private final List<String> notes = new ArrayList<>();

  /** Opens the store of the reverse link. */
  Seeding(Reverse.Parts parts, MovedLink moved, String name, ReverseOptions options) {
    this.parts = parts;
    this.moved = moved;
    this.before = ReverseEntries.others(moved.saved().entries());
    this.name = name;
    this.options = options;
    this.forward = OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, moved.saved().chunks());
    this.store = parts.source().open(name);
    this.entries = store.entries().orElseThrow(() -> missing("EntryStore"));
    this.mapStore = store.offsetMap().orElseThrow(() -> missing("OffsetMapStore"));
    this.registry = store.registry().orElseThrow(() -> missing("LinkRegistry"));
  }

  private ReplicationException missing(String ability) {
    return new ReplicationException(
        "link %s can't be reversed: the store of its reverse is no %s, as that of KafkaSink is"
            .formatted(moved.link(), ability));
  }

  /**
   * Seeds what is not seeded yet.
   *
   * @param header of an earlier call that has begun, or a new one
   * @return what is stored
   */
  Seed run(
      SeedHeader header,
      ReversePlan plan,
      GroupBaseline baseline,
      Map<String, Map<TopicPartition, ReverseEntries.Range>> unread) {
    Map<SourcePartition, Progress> before = store.store().load();
    Collection<StoredEntry> found = entries.takeEntries();
    Seed stored = ReverseEntries.seed(found);
    boolean begun = stored.header().map(it -> it.move().equals(header.move())).orElse(false);
    SeedHeader current = begun ? stored.header().orElseThrow() : header;
    if (current.isDone()) {
      return stored; // by another call, meanwhile
    }
    Map<TopicPartition, SeededPartition> seeded = new TreeMap<>(StoredMove.BY_NAME);
    if (begun) {
      seeded.putAll(stored.partitions());
    } else {
      begin(current, found);
    }
    seedAll(plan, before, seeded);
    store.groups().ifPresent(groups -> baseline.save(name, groups.takeGroups(), groups));
    save(
        unread.entrySet().stream()
            .map(each -> ReverseEntries.of(each.getKey(), each.getValue()))
            .toList());
    await(registry.register(Optional.of(description())), "registering the reverse link");
    tell(Phase.GROUPS, baseline.positions().size(), baseline.positions().size());
    noteWriters(plan);
    return new Seed(Optional.of(current), seeded, unread);
  }

  /** The moved link knows its reverse: that one may start. */
  Seed complete(Seed seeded) {
    SeedHeader done = seeded.header().orElseThrow().done(parts.time().clock().millis());
    save(List.of(ReverseEntries.of(done)));
    return new Seed(Optional.of(done), seeded.partitions(), seeded.unread());
  }

  /** Completes what an earlier call has seeded, after which it died. */
  Seed completeStored() {
    var unused = store.store().load();
    Seed stored = ReverseEntries.seed(entries.takeEntries());
    return stored.header().filter(SeedHeader::isDone).isPresent() ? stored : complete(stored);
  }

  private void seedAll(
      ReversePlan plan,
      Map<SourcePartition, Progress> before,
      Map<TopicPartition, SeededPartition> seeded) {
    for (MapChunk chunk : mapStore.takeChunks()) {
      oldChunks.computeIfAbsent(chunk.route(), any -> new HashSet<>()).add(chunk.number());
    }
    findCopies(plan);
    cutForwardMaps(plan);
    int all = plan.logs().size();
    tell(Phase.SEEDED, seeded.size(), all);
    List<Map.Entry<TopicPartition, PartedLog>> open = new ArrayList<>(plan.logs().entrySet());
    open.removeIf(each -> seeded.containsKey(each.getKey()));
    for (int from = 0; from < open.size(); from += AT_ONCE) {
      seed(open.subList(from, Math.min(open.size(), from + AT_ONCE)), before, seeded);
      tell(Phase.SEEDED, seeded.size(), all);
    }
    removeUnused(plan);
  }

  /** What is behind the seams in the target and came from the source: it is not copied back. */
  private void findCopies(ReversePlan plan) {
    Map<Route, CopiedRoute> whole = new HashMap<>();
    forward.copied().forEach(route -> whole.put(route.route(), route));
    plan.logs()
        .forEach(
            (partition, log) -> {
              CopiedRoute route = whole.get(new Route(partition, log.seam().target()));
              if (log.seam().resent() > 0 && route != null) {
                copies.put(partition, Resending.copies(log.seam(), route));
              }
            });
  }

  /**
   * What the reverse link leaves out: copies that the moved link has just made, and, if that one
   * was seeded itself, what was in its target before.
   *
   * @param from the partition that the reverse link reads
   */
  private SkippedOffsets leftOut(TopicPartition partition, TopicPartition from) {
    return union(copies.get(partition), before.get(from));
  }

  /** What the target of the reverse link has that is no copy of it, but what has diverged. */
  private static SkippedOffsets others(PartedLog log) {
    SeededPartition seam = log.seam();
    boolean parted = seam.diverged() + seam.resent() > 0 && seam.sourceSeam() < seam.sourceEnd();
    SkippedOffsets own =
        parted
            ? SkippedOffsets.of(List.of(new Range(seam.sourceSeam(), seam.sourceEnd())))
            : SkippedOffsets.none();
    return union(own, log.progress().map(Progress::skipped).orElse(null));
  }

  private static SkippedOffsets union(
      @Nullable SkippedOffsets one, @Nullable SkippedOffsets other) {
    List<Range> all = new ArrayList<>();
    if (one != null) {
      all.addAll(one.ranges());
    }
    if (other != null) {
      all.addAll(other.ranges());
    }
    return SkippedOffsets.of(all);
  }

  /** From here on the link doesn't start until it is seeded. */
  private void begin(SeedHeader header, Collection<StoredEntry> found) {
    List<StoredEntry> changed = new ArrayList<>();
    changed.addAll(MoveEntries.withoutMove(found));
    changed.addAll(MoveEntries.withoutContacts(found));
    changed.addAll(ReverseEntries.withoutReversals(found));
    StoredEntry begun = ReverseEntries.of(header);
    changed.removeIf(entry -> entry.key().equals(begun.key()));
    changed.add(begun);
    save(changed);
  }

  /** Leaves out what is behind the saved progress, as an opening does, and what the target lost. */
  private void cutForwardMaps(ReversePlan plan) {
    plan.logs()
        .forEach(
            (partition, log) -> {
              Progress progress = log.progress().orElse(null);
              if (progress != null) {
                List<RouteProgress> routes = new ArrayList<>();
                for (RouteProgress route : progress.routes()) {
                  long seam = Math.max(0, log.seam().targetSeam()); // if it was never copied
                  long end = Math.min(seam, route.targetNext());
                  routes.add(new RouteProgress(route.route(), 0, end, route.sinkState()));
                }
                var unused =
                    forward.open(
                        new Progress(
                            progress.source(),
                            Math.min(log.seam().sourceSeam(), progress.sourceNext()),
                            false,
                            progress.stagesFingerprint(),
                            routes));
              }
            });
    forward.copied().forEach(route -> copied.put(route.route(), route));
  }

  private void seed(
      List<Map.Entry<TopicPartition, PartedLog>> some,
      Map<SourcePartition, Progress> before,
      Map<TopicPartition, SeededPartition> seeded) {
    Set<TopicPartition> partitions = new HashSet<>();
    some.forEach(each -> partitions.add(each.getKey()));
    Map<TopicPartition, Long> ends = parts.source().topics().endOffsets(partitions);
    OffsetMaps maps = new OffsetMaps(Long.MAX_VALUE);
    List<Progress> progress = new ArrayList<>();
    List<StoredEntry> done = new ArrayList<>();
    for (Map.Entry<TopicPartition, PartedLog> each : some) {
      TopicPartition partition = each.getKey();
      PartedLog log = each.getValue();
      progress(partition, log, ends.getOrDefault(partition, 0L), before)
          .map(next -> next.skipping(leftOut(partition, next.source().partition())))
          .ifPresent(
              next -> {
                progress.add(next);
                addMap(log, next, maps);
              });
      done.add(ReverseEntries.of(partition, log.seam()));
      SkippedOffsets others = others(log);
      if (!others.isEmpty()) {
        done.add(ReverseEntries.others(partition, others));
      }
    }
    List<MapChunk> chunks = new ArrayList<>(maps.takeChanged());
    Set<List<Object>> kept = new HashSet<>();
    chunks.forEach(chunk -> kept.add(List.of(chunk.route(), chunk.number())));
    for (Progress next : progress) {
      Route route = next.routes().get(0).route();
      for (Long number : oldChunks.getOrDefault(route, Set.of())) {
        if (!kept.contains(List.<Object>of(route, number))) {
          chunks.add(MapChunk.removed(route, number));
        }
      }
      oldChunks.remove(route);
    }
    await(mapStore.save(progress, chunks), "saving the reverse link's progress");
    save(done); // after it: these partitions are left alone by the next call
    some.forEach(each -> seeded.put(each.getKey(), each.getValue().seam()));
  }

  /**
   * Where the reverse link continues; empty if it begins at the beginning, as with any partition
   * that it has never seen.
   */
  private static Optional<Progress> progress(
      TopicPartition partition, PartedLog log, long end, Map<SourcePartition, Progress> before) {
    if (log.target().isEmpty()) {
      return Optional.empty();
    }
    SourcePartition from = log.target().get();
    Route route = new Route(from.partition(), partition);
    boolean whole = log.progress().isEmpty() || (log.seam().targetSeam() == 0 && end == 0);
    boolean seen =
        before.keySet().stream().anyMatch(one -> one.partition().equals(from.partition()));
    if (whole && !seen) {
      return Optional.empty();
    }
    String stages = log.progress().map(Progress::stagesFingerprint).orElse("");
    return Optional.of(
        new Progress(
            from,
            Math.max(0, log.seam().targetSeam()),
            true,
            stages,
            List.of(new RouteProgress(route, 0, end, new byte[0]))));
  }

  private void addMap(PartedLog log, Progress next, OffsetMaps maps) {
    Optional<CopiedRoute> known = log.progress().map(it -> copied.get(it.routes().get(0).route()));
    if (known.isPresent() && log.problem().isEmpty() && log.seam().targetSeam() > 0) {
      InvertedMap.add(known.get(), log.after(), next, maps);
    } else {
      InvertedMap.addUnknown(next, maps);
    }
  }

  /** Removes the maps of routes that were not seeded. */
  private void removeUnused(ReversePlan plan) {
    Set<TopicPartition> seeded = new HashSet<>();
    plan.logs().values().forEach(log -> seeded.add(log.seam().target()));
    List<MapChunk> removed = new ArrayList<>();
    oldChunks.forEach(
        (route, numbers) -> {
          if (!seeded.contains(route.source())) {
            numbers.forEach(number -> removed.add(MapChunk.removed(route, number)));
          }
        });
    if (!removed.isEmpty()) {
      await(mapStore.save(List.of(), removed), "removing former offset maps");
    }
  }

  private LinkDescription description() {
    Map<String, String> topics = new HashMap<>();
    moved.topics().forEach((from, to) -> topics.put(to, from));
    return new LinkDescription(
            name,
            parts.target().cluster().clusterId(),
            parts.source().cluster().clusterId(),
            topics)
        .reverseOf(moved.move().map(MoveHeader::id));
  }

  /** Producers may still write to the old primary. */
  private void noteWriters(ReversePlan plan) {
    Map<TopicPartition, Long> now = parts.source().topics().endOffsets(plan.logs().keySet());
    Map<TopicPartition, Long> grown = new TreeMap<>(StoredMove.BY_NAME);
    plan.logs()
        .forEach(
            (partition, log) -> {
              long more = now.getOrDefault(partition, 0L) - log.seam().sourceEnd();
              if (more > 0) {
                grown.put(partition, more);
              }
            });
    if (!grown.isEmpty()) {
      notes.add(
          "stop what still writes to %s: it has got more records meanwhile, which are not in this report (%s)"
              .formatted(parts.source().alias(), SeedReport.listed(SeedReport.byTopic(grown))));
    }
  }

  /** What is left to do for people. */
  List<String> notes() {
    return notes;
  }

  /** Saves with the moved link that it was reversed. */
  static void tellMoved(Reverse.Parts parts, MovedLink moved, Reversal reversal) {
    moved.change(
        parts.target(),
        (store, entries, found) -> {
          Optional<Reversal> other =
              ReverseEntries.reversal(found).filter(it -> !it.link().equals(reversal.link()));
          if (other.isPresent()) {
            throw new LinkFailedException(
                "link %s was reversed by link %s meanwhile: link %s is not its reverse, and does not start; its state topic in %s can be deleted"
                    .formatted(
                        moved.link(), other.get().link(), reversal.link(), parts.source().alias()));
          }
          Deadline deadline = new Deadline(parts.time(), SAVE);
          MovedMark.set(store, moved.move().map(MoveHeader::id).orElseThrow(), deadline);
          deadline.await(
              entries.saveEntries(List.of(ReverseEntries.of(reversal))), "saving the reversal");
        });
  }

  private void save(Collection<StoredEntry> changed) {
    if (!changed.isEmpty()) {
      await(entries.saveEntries(changed), "saving the reversal");
    }
  }

  private <T> void await(CompletionStage<T> stage, String what) {
    T unused = new Deadline(parts.time(), SAVE).await(stage, what);
  }

  private void tell(Phase phase, long done, long of) {
    options.onProgress().accept(new MoveProgress(phase, done, of));
  }

  @Override
  public void close() {
    store.store().close();
  }
}
