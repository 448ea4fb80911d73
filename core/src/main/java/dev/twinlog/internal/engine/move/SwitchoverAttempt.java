package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupState;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.move.MovableLink.Held;
import dev.twinlog.internal.engine.move.SourceWatch.Ends;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.sync.SeenGroups;
import dev.twinlog.internal.progress.AbortedMove;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * The phases of a switchover that write: each is saved before the next one begins, and all are
 * taken back unless the last one is saved. Used once, by one thread.
 */
final class SwitchoverAttempt {
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration COMMIT = Duration.ofSeconds(30);
  private static final int AT_ONCE = 500;

  /** Tells how far it is. */
  interface Told {
    void phase(Phase phase, long done, long of);
  }

  private final SwitchoverParts parts;
  private final MoveScope scope;
  private final MovableLink link;
  private final Waits waits;
  private final SourceWatch source;
  private final Optional<WriterFence> fence;
  private final Map<String, MovedGroup> planned;
  private final Told told;

  /** What is saved of it, or may be, by key. */
  private final Map<String, StoredEntry> saved = new TreeMap<>();

  private final Map<TopicPartition, Seam> seams = new TreeMap<>(StoredMove.BY_NAME);

  /** Those of the seams whose partitions the link copies: the others are not selected any more. */
  private Set<TopicPartition> copied = Set.of();

  private final Map<String, MovedGroup> groups = new TreeMap<>();
  private List<MovedAcl> acls;
  private MoveHeader header;
  private MovePhase phase = new MovePhase(Phase.DRAINING.name(), MovePhase.UNKNOWN);
  private boolean committing;

  /** What is left to do for people when it is done. */
  private List<String> unreleased = List.of();

  private final Collection<StoredEntry> before;

  SwitchoverAttempt(
      SwitchoverParts parts,
      MoveScope scope,
      MovableLink link,
      Waits waits,
      MoveHeader header,
      SwitchoverChecks.Found found,
      ReadableStore.Saved before,
      Told told) {
    this.parts = parts;
    this.scope = scope;
    this.link = link;
    this.waits = waits;
    this.header = header;
    this.source = new SourceWatch(parts, link, waits, scope);
    this.fence = parts.sourceAbilities().acls().map(WriterFence::new);
    this.planned = found.groups();
    this.told = told;
    this.before = before.entries();
    this.acls = MoveEntries.move(before.entries()).acls(); // those that could not be taken back
    before.entries().stream()
        .filter(entry -> MoveEntries.isOfMove(entry.key()))
        .forEach(entry -> saved.put(entry.key(), entry));
  }

  MoveHeader header() {
    return header;
  }

  Optional<MovePhase> phase() {
    return Optional.of(phase);
  }

  Map<TopicPartition, Seam> seams() {
    return seams;
  }

  Map<String, MovedGroup> groups() {
    return groups;
  }

  List<MovedAcl> acls() {
    return acls;
  }

  /** What is left to do for people when it is done. */
  List<String> unreleased() {
    return unreleased;
  }

  /** Whether it was tried to save that it is done. */
  boolean isCommitting() {
    return committing;
  }

  /** Does it, up to its end. */
  SwitchoverAttempt run() {
    List<StoredEntry> begun = new ArrayList<>(MoveEntries.withoutGroups(saved.values()));
    begun.add(MoveEntries.of(header)); // the groups are those of a move of other topics
    begun.add(MoveEntries.of(phase));
    save(begun);
    told.phase(Phase.DRAINING, 0, planned.size());
    if (parts.options().fencesWriters()) {
      fenceWriters();
    }
    while (true) {
      Ends ends = source.untilQuiet();
      catchUp(ends);
      if (cut(ends) && moveGroups() && source.ends().equals(ends)) {
        break;
      }
      link.release(scope); // something was written meanwhile
    }
    commit();
    lookOnceMore();
    if (scope.isWhole()) {
      releaseWrites();
      markMoved();
    } else {
      unreleased = WriteRelease.todoOfTopics(before, acls, topics());
    }
    told.phase(Phase.DONE, 1, 1);
    return this;
  }

  /** Other topics may be written all the time. */
  private void catchUp(Ends ends) {
    if (scope.isWhole()) {
      waits.await(link.caughtUp(), "copying what is left in the source");
      return;
    }
    while (!link.hasCopied(ends.readable())) {
      scope
          .of(link.partitions())
          .forEach(
              (partition, condition) -> {
                if (condition.state() == PartitionState.STOPPED) {
                  throw new ReplicationException("%s is %s".formatted(partition, condition));
                }
              });
      waits.pause(PAUSE);
    }
  }

  private void enter(Phase next, Collection<StoredEntry> changed) {
    phase = new MovePhase(next.name(), phase.writtenAfterCut());
    List<StoredEntry> all = new ArrayList<>(changed);
    all.add(MoveEntries.of(phase));
    save(all);
  }

  private void save(Collection<StoredEntry> changed) {
    changed.stream()
        .filter(entry -> !entry.isRemoved())
        .forEach(entry -> saved.put(entry.key(), entry)); // it may be, also without an answer
    waits.await(link.entries().saveEntries(changed), "saving the move");
    keep(changed);
  }

  private void saveInParts(List<StoredEntry> changed) {
    for (int from = 0; from < changed.size(); from += AT_ONCE) {
      save(changed.subList(from, Math.min(changed.size(), from + AT_ONCE)));
    }
  }

  private void keep(Collection<StoredEntry> changed) {
    for (StoredEntry entry : changed) {
      if (entry.isRemoved()) {
        saved.remove(entry.key());
      } else {
        saved.put(entry.key(), entry);
      }
    }
  }

  // The source's writers.

  private void fenceWriters() {
    Set<String> topics = new HashSet<>();
    scope.of(link.partitions()).keySet().forEach(each -> topics.add(each.topic()));
    WriterFence writers = fence.orElseThrow();
    Set<MovedAcl> all = new LinkedHashSet<>(acls);
    all.addAll(
        waits.await(
            link.askSyncs(() -> writers.missing(topics)), "listing the ACLs of the source"));
    acls = List.copyOf(all);
    save(MoveEntries.ofAcls(acls)); // before they are created
    waits.await(
        link.askSyncs(
            () -> {
              writers.create(acls);
              return true;
            }),
        "fencing the source's writers");
    enter(Phase.SOURCE_FENCED, List.of());
    told.phase(Phase.SOURCE_FENCED, acls.size(), acls.size());
  }

  // The cut.

  /** Ends copying; returns whether it has ended at these ends. */
  private boolean cut(Ends ends) {
    Held held = waits.await(link.hold(scope), "ending the copy");
    until(link::formerOwnersExpired, parts.exactlyOnce());
    Map<TopicPartition, Seam> found = new TreeMap<>(StoredMove.BY_NAME);
    long now = parts.time().clock().millis();
    for (Progress one : held.copied()) {
      TopicPartition partition = one.source().partition();
      Long end = ends.readable().get(partition);
      if (end == null || one.sourceNext() != end || (parts.exactlyOnce() && !one.clean())) {
        return false;
      }
      Contact contact = new Contact(end, now, Seam.UNKNOWN, 0);
      found.put(partition, Cuts.seam(one, contact, parts.exactlyOnce()));
    }
    if (!found.keySet().equals(ends.readable().keySet())) {
      return false;
    }
    copied = Set.copyOf(found.keySet());
    found.putAll(left(held));
    keepSeams(found);
    return true;
  }

  /** Where the copy has ended before of what is not selected any more. */
  private Map<TopicPartition, Seam> left(Held held) {
    Map<TopicPartition, String> unclosed = new TreeMap<>(StoredMove.BY_NAME);
    Map<TopicPartition, Seam> seams = new HashMap<>();
    for (Progress one : held.left()) {
      TopicPartition partition = one.source().partition();
      Cuts.unclosed(one, parts.exactlyOnce()).ifPresent(why -> unclosed.put(partition, why));
      seams.put(partition, Cuts.left(one, parts.exactlyOnce()));
    }
    if (!unclosed.isEmpty()) {
      throw new ReplicationException(
          Cuts.LEFT_OPEN.formatted(unclosed.size()) + ": " + StoredMove.listed(unclosed));
    }
    return seams;
  }

  /** An owner that can't be fenced writes no more once its lease has ended. */
  private void until(BooleanSupplier condition, boolean isMet) {
    while (!isMet && !condition.getAsBoolean()) {
      waits.pause(PAUSE);
    }
  }

  private void keepSeams(Map<TopicPartition, Seam> found) {
    List<StoredEntry> changed = new ArrayList<>();
    seams.keySet().stream()
        .filter(partition -> !found.containsKey(partition))
        .forEach(partition -> changed.add(MoveEntries.without(partition)));
    found.forEach((partition, seam) -> changed.add(MoveEntries.of(partition, seam)));
    seams.clear();
    seams.putAll(found);
    saveInParts(changed);
    enter(Phase.CUT, List.of());
    told.phase(Phase.CUT, seams.size(), seams.size());
  }

  // Groups.

  /** Writes them, and returns whether they have read nothing more since. */
  private boolean moveGroups() {
    if (!parts.groupSync().isOn()
        || parts.sourceAbilities().groups().isEmpty()
        || parts.sink().groups().isEmpty()) {
      enter(Phase.GROUPS, List.of());
      told.phase(Phase.GROUPS, 0, 0);
      return true;
    }
    while (true) {
      String doubt;
      try {
        Map<String, GroupView> views =
            new TreeMap<>(waits.await(link.syncGroups(), "writing groups"));
        SeenGroups seen = seen();
        if (!scope.isWhole()) {
          views.keySet().retainAll(seen.positions().keySet()); // the others are not moved
        }
        doubt = doubt(views, seen);
        if (doubt.isEmpty()) {
          keepGroups(views);
          return true;
        }
      } catch (RetriableException e) {
        if (waits.isOver()) {
          throw e;
        }
        doubt = String.valueOf(e.getMessage());
      }
      pauseIn(doubt);
    }
  }

  private void pauseIn(String doubt) {
    try {
      waits.pause(PAUSE);
    } catch (RetriableException e) {
      throw waits.deadline().isOver()
          ? new RetriableException("groups could not be moved within the timeout: " + doubt, e)
          : e;
    }
  }

  private SeenGroups seen() {
    return waits.await(
        link.askSyncs(
            () ->
                SeenGroups.of(
                    parts.sourceAbilities().groups().orElseThrow(),
                    parts.groupSync(),
                    copied::contains)),
        "reading the groups of the source");
  }

  /** Why the groups can't be left so; empty if they can. */
  private String doubt(Map<String, GroupView> views, SeenGroups seen) {
    Map<String, String> doubts = new TreeMap<>(seen.unknown());
    if (!parts.options().allowsActiveGroups()) {
      seen.members().forEach((id, count) -> doubts.put(id, count + " members at the source"));
    }
    seen.positions()
        .forEach(
            (id, positions) -> {
              GroupView view = views.get(id);
              if (view == null) {
                doubts.put(id, "it was not compared yet");
              } else if (!parts.options().allowsActiveGroups() && !isAsSeen(view, positions)) {
                doubts.put(id, "its positions have changed at the source");
              }
            });
    views.forEach(
        (id, view) -> {
          boolean wasSynced =
              Optional.ofNullable(planned.get(id))
                  .map(MovedGroup::state)
                  .filter(state -> state.equals(GroupState.SYNCED.name()))
                  .isPresent();
          boolean isDoubt =
              wasSynced
                  ? Cuts.isDoubtNow(view.state(), parts.options())
                  : Cuts.isDoubt(view.state(), parts.options());
          if (isDoubt) {
            doubts.put(id, "%s, %s".formatted(view.state(), view.snapshot().reason()));
          }
        });
    return doubts.isEmpty() ? "" : StoredMove.listed(doubts);
  }

  private static boolean isAsSeen(GroupView view, Map<TopicPartition, Long> positions) {
    var shown = view.snapshot().positions();
    return positions.entrySet().stream()
        .allMatch(
            each -> {
              var at = shown.get(each.getKey());
              return at != null && at.source() == each.getValue();
            });
  }

  private void keepGroups(Map<String, GroupView> views) {
    List<StoredEntry> changed = new ArrayList<>();
    groups.keySet().stream()
        .filter(id -> !views.containsKey(id))
        .forEach(id -> changed.add(MoveEntries.without(id)));
    groups.clear();
    views.forEach((id, view) -> groups.put(id, Cuts.group(view).only(copied::contains)));
    groups.forEach((id, group) -> changed.add(MoveEntries.of(id, group)));
    saveInParts(changed);
    enter(Phase.GROUPS, List.of());
    told.phase(Phase.GROUPS, groups.size(), groups.size());
  }

  // The end.

  /** From when this is saved on, the link is moved. */
  private void commit() {
    if (waits.isOver()) {
      waits.pause(Duration.ZERO); // fails, with the reason
    }
    MoveHeader done = header.done(parts.time().clock().millis());
    phase = new MovePhase(Phase.DONE.name(), phase.writtenAfterCut());
    List<StoredEntry> all = done(done);
    Deadline soon = new Deadline(parts.time(), COMMIT);
    committing = true;
    while (true) {
      try {
        soon.await(link.entries().saveEntries(all), "saving that the link is moved");
        break;
      } catch (RetriableException e) {
        if (soon.isOver() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        soon.pause(PAUSE);
      }
    }
    header = done;
    keep(all);
  }

  private List<StoredEntry> done(MoveHeader done) {
    if (scope.isWhole()) {
      return List.of(MoveEntries.of(done), MoveEntries.of(phase));
    }
    return MoveEntries.ofDone(new MovedTopics(done, phase.writtenAfterCut(), topics()));
  }

  private Set<String> topics() {
    Set<String> topics = new HashSet<>();
    seams.keySet().forEach(partition -> topics.add(partition.topic()));
    return topics;
  }

  /** What was written to the source after the last look; it is not in the target. */
  private void lookOnceMore() {
    Waits soon = new Waits(new Deadline(parts.time(), COMMIT), new CompletableFuture<>());
    try {
      Map<TopicPartition, Long> ends = new SourceWatch(parts, link, soon, scope).ends().logs();
      long written = 0;
      for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
        Seam seam = seams.get(end.getKey());
        written += Math.max(0, end.getValue() - (seam == null ? 0 : seam.sourceCut()));
      }
      phase = new MovePhase(Phase.DONE.name(), written);
      soon.await(link.entries().saveEntries(done(header)), "saving what was written");
    } catch (ReplicationException e) {
      phase = new MovePhase(Phase.DONE.name(), phase.writtenAfterCut());
    }
  }

  /** It is moved also without them; the next call tries it again. */
  private void releaseWrites() {
    WriteRelease.Released released =
        WriteRelease.of(
            link, parts.sink().acls(), before, acls, new Deadline(parts.time(), COMMIT));
    int more = released.acls().size() - acls.size();
    acls = released.acls();
    unreleased = released.todo();
    if (more > 0) {
      told.phase(Phase.RELEASED, more, more);
    }
  }

  /** It is moved also without that mark, which the next start of the link sets as well. */
  private void markMoved() {
    try {
      new Deadline(parts.time(), COMMIT)
          .await(link.markMoved(header.id()), "marking the link as moved");
    } catch (ReplicationException e) {
      MovedMark.failed(parts.link(), e);
    }
  }

  // Taking it back.

  /**
   * Removes what was created, and forgets the move.
   *
   * @return what could not be removed
   * @throws FencedException if the link is not this instance's any more
   */
  Optional<String> takeBack(String reason, Deadline deadline) {
    Optional<String> left = acls.isEmpty() ? Optional.empty() : deleteAcls(deadline);
    List<StoredEntry> changed = new ArrayList<>();
    changed.addAll(MoveEntries.withoutUnfinished(saved.values()));
    if (left.isEmpty()) {
      changed.addAll(MoveEntries.withoutAcls(saved.values()));
      acls = List.of();
    }
    changed.add(
        MoveEntries.of(new AbortedMove(header.done(parts.time().clock().millis()), reason)));
    while (true) {
      try {
        deadline.await(link.entries().saveEntries(changed), "saving that the move is taken back");
        return left;
      } catch (RetriableException e) {
        if (deadline.isOver()) {
          throw e;
        }
        deadline.pause(PAUSE);
      }
    }
  }

  private Optional<String> deleteAcls(Deadline deadline) {
    WriterFence writers = fence.orElseThrow();
    while (true) {
      ReplicationException why;
      try {
        Optional<ReplicationException> refusal =
            deadline.await(
                link.askSyncs(() -> writers.delete(acls)), "deleting the ACLs of the source");
        if (refusal.isEmpty()) {
          return Optional.empty();
        }
        why = refusal.get();
      } catch (ReplicationException e) {
        why = e;
      }
      if (!(why instanceof RetriableException) || deadline.isOver()) {
        return Optional.of(
            "%d ACLs of the source, which refuse what producers write there, the first: %s (%s)"
                .formatted(acls.size(), acls.get(0).entry(), why.getMessage()));
      }
      deadline.pause(PAUSE);
    }
  }
}
