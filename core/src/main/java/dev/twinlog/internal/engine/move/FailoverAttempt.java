package dev.twinlog.internal.engine.move;

import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupState;
import dev.twinlog.MoveProgress;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.engine.ownership.OwnerLease;
import dev.twinlog.internal.engine.sync.FailoverGroups;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * One attempt to fail a link over: takes it over, and does what is not saved as done. Every step is
 * saved before the next one begins. Used once, by one thread.
 */
final class FailoverAttempt implements AutoCloseable {
  static final String VERB = "failover";
  private static final int GROUPS_AT_ONCE = 500;

  private final Failover.Parts parts;
  private final FailoverOptions options;
  private final Failover.Live live;
  private final Deadline deadline;
  private final Consumer<MoveSnapshot> shown;
  private final StoreAbilities store;
  private final EntryStore entries;
  private final Map<TopicPartition, Seam> seams = new TreeMap<>(StoredMove.BY_NAME);
  private final Map<String, MovedGroup> groups = new TreeMap<>();
  private Map<SourcePartition, Progress> progress = Map.of();
  private Collection<GroupChunk> ledgers = List.of();
  private List<MovedAcl> acls = List.of();

  /** What is left to do for people about write permissions. */
  private List<String> unreleased = List.of();

  private Optional<MoveHeader> tried = Optional.empty();

  /** What is moved: set when the link was taken over. */
  private MoveScope scope = new MoveScope(Optional.empty(), Set.of());

  /** Of a move of some topics: what is saved at its end, all at once. */
  private final Map<String, StoredEntry> kept = new LinkedHashMap<>();

  private OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
  private long takenOverNanos;
  private Optional<MoveHeader> header = Optional.empty();

  /** How far the switchover was that has moved the link before. */
  private Optional<MovePhase> phase = Optional.empty();

  FailoverAttempt(
      Failover.Parts parts,
      FailoverOptions options,
      Failover.Live live,
      Deadline deadline,
      Consumer<MoveSnapshot> shown) {
    this.shown = shown;
    this.parts = parts;
    this.options = options;
    this.live = live;
    this.deadline = deadline;
    this.store = StoreAbilities.of(parts.stores().get());
    this.entries = store.entries().orElseThrow(() -> Failover.unsupported(parts.link()));
  }

  /**
   * Does it.
   *
   * @param before what attempts of the same call have tried to save at their end: if that is what
   *     is stored, the work is its own, of which it has had no answer
   * @throws dev.twinlog.spi.ReplicationException if it could not be finished; the type says whether
   *     another attempt may succeed
   */
  FailoverReport run(Set<MoveHeader> before) {
    progress = store.store().load();
    takenOverNanos = parts.time().nanoTime();
    Collection<StoredEntry> found = entries.takeEntries();
    UnfinishedSeed.refuse(parts.link(), found, "be moved");
    MoveEntries.Stored stored = MoveEntries.move(found);
    acls = stored.acls();
    List<StoredEntry> fresh = new ArrayList<>();
    if (stored.header().filter(LeftSwitchover::isUnfinished).isPresent()) {
      // its ACLs stay: the source can't be asked
      fresh.addAll(MoveEntries.withoutUnfinished(found));
      stored =
          new MoveEntries.Stored(
              Optional.empty(), Optional.empty(), Map.of(), Map.of(), acls, stored.some());
    }
    scope = MoveScope.of(options.topics(), stored);
    if (!scope.isWhole()) {
      return runSome(found, stored, fresh, before);
    }
    keepIncluded();
    seams.putAll(MoveScope.seamsOfRest(stored));
    if (stored.header().isPresent()) {
      groups.putAll(stored.groups());
    } else {
      fresh.addAll(MoveEntries.withoutGroups(found)); // of a move of other topics
    }
    if (stored.header().isPresent() && stored.header().get().isDone()) {
      header = stored.header();
      phase = stored.phase();
      MovedMark.trySet(parts.link(), store, header.get().id(), deadline);
      var unused = releaseWrites(found);
      return report(!before.contains(header.get()));
    }
    MoveHeader move = stored.header().orElseGet(this::begun);
    fresh.removeIf(entry -> entry.key().equals(MoveEntries.of(move).key()));
    fresh.add(MoveEntries.of(move));
    save(fresh);
    header = Optional.of(move);
    tell(Phase.CLAIMED, 1, 1);
    takeMaps();
    Map<TopicPartition, ReplicationException> unfenced = fence(found);
    Map<String, MovedGroup> unwritten = writeGroups();
    requireFinished(unfenced, unwritten, releaseWrites(found));
    MovedMark.set(store, move.id(), deadline);
    MoveHeader done = move.done(parts.time().clock().millis());
    tried = Optional.of(done);
    save(List.of(MoveEntries.of(done)));
    header = Optional.of(done);
    tell(Phase.DONE, 1, 1);
    return report(false);
  }

  /** Moves some topics: all is saved at the end, so that a crash before leaves nothing. */
  private FailoverReport runSome(
      Collection<StoredEntry> found,
      MoveEntries.Stored stored,
      List<StoredEntry> fresh,
      Set<MoveHeader> before) {
    Optional<MovedTopics> done =
        FailoverOfTopics.before(parts.link(), scope, progress.keySet(), stored);
    if (done.isPresent()) {
      header = Optional.of(done.get().header());
      phase = Optional.of(MoveScope.phaseOf(done.get()));
      seams.putAll(MoveScope.seamsOf(done.get(), stored));
      groups.putAll(MoveScope.groupsOf(done.get(), stored));
      unreleased = WriteRelease.todoOfTopics(found, acls, done.get().topics());
      return report(!before.contains(done.get().header()));
    }
    keepIncluded();
    keep(fresh);
    keep(MoveEntries.withoutGroups(found)); // of a move of other topics
    MoveHeader move = begun();
    header = Optional.of(move);
    tell(Phase.CLAIMED, 1, 1);
    takeMaps();
    Map<TopicPartition, ReplicationException> unfenced = fence(found);
    Map<String, MovedGroup> unwritten = writeGroups();
    Set<String> topics = scope.selected(progress.keySet());
    unreleased = WriteRelease.todoOfTopics(found, acls, topics);
    requireFinished(unfenced, unwritten, Optional.empty());
    MoveHeader ended = move.done(parts.time().clock().millis());
    tried = Optional.of(ended);
    keep(MoveEntries.ofDone(new MovedTopics(ended, MovePhase.UNKNOWN, topics)));
    save(List.copyOf(kept.values()));
    header = Optional.of(ended);
    tell(Phase.DONE, 1, 1);
    return report(false);
  }

  private MoveHeader begun() {
    return new MoveHeader(
        UUID.randomUUID(),
        VERB,
        options.actor(),
        parts.time().clock().millis(),
        MoveHeader.NOT_YET);
  }

  private void keepIncluded() {
    progress = new HashMap<>(progress);
    progress.keySet().removeIf(one -> !scope.includes(one.partition()));
  }

  private void takeMaps() {
    maps =
        OffsetMaps.load(
            OffsetMaps.DEFAULT_BYTES,
            store.offsetMap().map(OffsetMapStore::takeChunks).orElse(List.of()));
    ledgers = store.groups().map(GroupLedgerStore::takeGroups).orElse(List.of());
  }

  /** What it has tried to save at its end. */
  Optional<MoveHeader> tried() {
    return tried;
  }

  /** What is done so far; empty if the link was not even taken over. */
  Optional<FailoverReport> soFar(String why) {
    if (!scope.isWhole()) {
      return header.map(it -> notMoved(it, why));
    }
    return header.map(
        it ->
            new StoredReport(
                new StoredMove.Facts(
                    parts.link(), it, seams, groups, acls, false, parts.time().clock().millis()),
                StoredMove.Ending.incomplete(
                    "the copy of %d of %d partitions has ended, then: %s. Call failover again to finish it"
                        .formatted(seams.size(), progress.size(), why))));
  }

  private FailoverReport notMoved(MoveHeader move, String why) {
    return new StoredReport(
        new StoredMove.Facts(
            parts.link(), move, Map.of(), Map.of(), acls, false, parts.time().clock().millis()),
        StoredMove.Ending.incomplete(
            "no topic was moved: %s. Call failover again; until then a link that is started copies them on"
                .formatted(why)));
  }

  private FailoverReport report(boolean repeated) {
    return new StoredReport(
        new StoredMove.Facts(
            parts.link(),
            header.orElseThrow(),
            seams,
            groups,
            acls,
            repeated,
            parts.time().clock().millis()),
        phase,
        StoredMove.Ending.done(unreleased));
  }

  /** What could not be done is tried again, now or when the cause is mended. */
  private static void requireFinished(
      Map<TopicPartition, ReplicationException> unfenced,
      Map<String, MovedGroup> unwritten,
      Optional<ReplicationException> unreleased) {
    List<String> missing = new ArrayList<>();
    if (!unfenced.isEmpty()) {
      Map.Entry<TopicPartition, ReplicationException> first = unfenced.entrySet().iterator().next();
      missing.add(
          "%d partitions could not be fenced, the first: %s, %s"
              .formatted(unfenced.size(), first.getKey(), first.getValue().getMessage()));
    }
    if (!unwritten.isEmpty()) {
      Map.Entry<String, MovedGroup> first = unwritten.entrySet().iterator().next();
      missing.add(
          "%d groups could not be written, the first: %s, %s"
              .formatted(unwritten.size(), first.getKey(), first.getValue().reason()));
    }
    unreleased.ifPresent(
        why -> missing.add("write permissions could not be created: " + why.getMessage()));
    if (missing.isEmpty()) {
      return;
    }
    boolean passes =
        unreleased.isPresent()
            || unfenced.values().stream().anyMatch(RetriableException.class::isInstance)
            || unwritten.values().stream()
                .anyMatch(group -> !group.state().equals(GroupState.DENIED.name()));
    String what = String.join("; ", missing);
    throw passes ? new RetriableException(what) : new ReplicationException(what);
  }

  /** Returns why, of those that could not be fenced. */
  private Map<TopicPartition, ReplicationException> fence(Collection<StoredEntry> found) {
    List<Progress> open = new ArrayList<>();
    progress
        .values()
        .forEach(
            one -> {
              if (!seams.containsKey(one.source().partition())) {
                open.add(one);
              }
            });
    tell(Phase.FENCED, seams.size(), progress.size());
    Map<TopicPartition, ReplicationException> unfenced = Map.of();
    if (!open.isEmpty()) {
      awaitLease(open);
      // a writer is opened first, since the sink learns the link's name from it
      SinkWriter writer = parts.sink().openWriter(parts.context());
      try {
        unfenced =
            new Fencing(
                    parts.abilities(),
                    maps.history(),
                    live.contactsAfter(MoveEntries.contacts(found)),
                    parts::isAtLeastOnce,
                    deadline)
                .run(open, this::keepSeams);
      } finally {
        writer.close();
      }
    }
    removeLost();
    return unfenced;
  }

  /** An owner that can't be fenced writes no more once its lease has ended. */
  private void awaitLease(List<Progress> open) {
    Duration waited = Duration.ofNanos(parts.time().nanoTime() - takenOverNanos);
    if (!options.isImpatient()
        && open.stream().anyMatch(one -> !one.clean() && parts.isAtLeastOnce(one))
        && waited.compareTo(OwnerLease.LENGTH) < 0) {
      deadline.pause(OwnerLease.LENGTH.minus(waited));
      if (deadline.isOver()) {
        throw new RetriableException(
            "a former owner can't be fenced, and its lease of %d s has not ended"
                .formatted(OwnerLease.LENGTH.toSeconds()));
      }
    }
  }

  private void keepSeams(Map<TopicPartition, Seam> some) {
    List<StoredEntry> changed = new ArrayList<>();
    some.forEach((partition, seam) -> changed.add(MoveEntries.of(partition, seam)));
    keep(changed);
    seams.putAll(some);
    tell(Phase.FENCED, seams.size(), progress.size());
  }

  /** Removes from the offset maps what the target has lost: nothing is translated to there. */
  private void removeLost() {
    for (Progress one : progress.values()) {
      Seam seam = seams.get(one.source().partition());
      if (seam == null || seam.sourceCut() >= one.sourceNext()) {
        continue;
      }
      List<RouteProgress> routes = new ArrayList<>();
      for (RouteProgress route : one.routes()) {
        long end = seam.targets().getOrDefault(route.route().target(), route.targetNext());
        routes.add(
            new RouteProgress(
                route.route(), route.written(), Math.min(end, route.targetNext()), new byte[0]));
      }
      var unused =
          maps.open(
              new Progress(one.source(), seam.sourceCut(), false, one.stagesFingerprint(), routes));
    }
  }

  /** Returns those that could not be written. */
  private Map<String, MovedGroup> writeGroups() {
    Failover.Copied copied = new Failover.Copied(ledgers, maps.history(), progress.values(), seams);
    return Failover.groups(parts, options, live, copied, store.groups())
        .map(this::write)
        .orElse(Map.of());
  }

  private Map<String, MovedGroup> write(FailoverGroups all) {
    tell(Phase.GROUPS, 0, all.size());
    Map<String, MovedGroup> written =
        scope.isWhole() ? all.write() : FailoverOfTopics.groups(scope, all.write());
    List<StoredEntry> changed = new ArrayList<>();
    written.forEach((id, group) -> changed.add(MoveEntries.of(id, group)));
    for (int from = 0; from < changed.size(); from += GROUPS_AT_ONCE) {
      keep(changed.subList(from, Math.min(changed.size(), from + GROUPS_AT_ONCE)));
    }
    groups.putAll(written);
    Map<String, MovedGroup> unwritten = new TreeMap<>(written);
    unwritten.keySet().retainAll(all.unwritten());
    tell(Phase.GROUPS, groups.size() - unwritten.size(), groups.size());
    return unwritten;
  }

  /** Returns why it is to be tried again; what may not be done at all is left to people. */
  private Optional<ReplicationException> releaseWrites(Collection<StoredEntry> found) {
    if (!options.releasesWrites()) {
      unreleased = WriteRelease.todo(WriteRelease.held(found, acls).keySet(), "");
      return Optional.empty();
    }
    Set<AclEntry> ours = store.acls().map(AclLedgerStore::takeAcls).orElse(Map.of()).keySet();
    int before = acls.size();
    WriteRelease.Released released =
        new WriteRelease(parts.abilities().acls(), entries, store.acls(), deadline)
            .run(found, acls, ours);
    acls = released.acls();
    unreleased = released.todo();
    if (acls.size() > before) {
      tell(Phase.RELEASED, acls.size() - before, acls.size() - before);
    }
    return released.passing();
  }

  private void keep(Collection<StoredEntry> changed) {
    if (scope.isWhole()) {
      save(changed);
    } else {
      changed.forEach(entry -> kept.put(entry.key(), entry));
    }
  }

  private void save(Collection<StoredEntry> changed) {
    deadline.await(entries.saveEntries(changed), "saving the move");
  }

  private void tell(Phase phase, long done, long of) {
    header.ifPresent(move -> shown.accept(Switchover.snapshot(move, phase, "")));
    options.onProgress().accept(new MoveProgress(phase, done, of));
  }

  @Override
  public void close() {
    store.store().close();
  }
}
