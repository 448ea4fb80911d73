package dev.twinlog.internal.engine.move;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FailoverOptions;
import dev.twinlog.FailoverReport;
import dev.twinlog.GroupSync;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.sync.FailoverGroups;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.StoredEntry;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Fails a link over to its target, without its source: ends the writes of its former owners, saves
 * where the copy of every partition ends, and writes the positions of its consumer groups. What was
 * done is saved with the link's progress, so that anybody can finish it after a crash, and the link
 * doesn't copy any more. Not thread-safe.
 */
public final class Failover {

  /**
   * What it works with.
   *
   * @param stores opens the link's progress store; once for each attempt
   * @param guarantee that of the link; empty if only what is stored tells it
   * @param groupSync which groups are written
   */
  public record Parts(
      String link,
      Sink sink,
      SinkAbilities abilities,
      Supplier<ProgressStore> stores,
      OffsetTranslator translator,
      Optional<DeliveryGuarantee> guarantee,
      GroupSync groupSync,
      PluginContext context,
      LinkTime time) {

    /** Whether a partition is copied at least once: then it has no fence, and no exact offsets. */
    boolean isAtLeastOnce(Progress progress) {
      return guarantee
          .map(it -> it != DeliveryGuarantee.EXACTLY_ONCE)
          .orElseGet(
              () -> progress.routes().stream().allMatch(route -> route.sinkState().length == 0));
    }
  }

  /**
   * What is stored of the copy.
   *
   * @param ledgers what the link remembers of its writes to groups
   */
  record Copied(
      Collection<GroupChunk> ledgers,
      OffsetHistory history,
      Collection<Progress> progress,
      Map<TopicPartition, Seam> seams) {}

  /**
   * What only an instance knows that has just run the link; it is later than what is saved.
   *
   * @param contacts by source partition
   * @param groups the positions of consumer groups in the source
   * @param shareGroups those of them that are share groups
   */
  public record Live(
      Map<TopicPartition, Contact> contacts,
      Map<String, Map<TopicPartition, Long>> groups,
      Set<String> shareGroups) {
    /** The last contacts, of which these were saved. */
    Map<TopicPartition, Contact> contactsAfter(Map<TopicPartition, Contact> saved) {
      Map<TopicPartition, Contact> all = new HashMap<>(saved);
      contacts.forEach(
          (partition, contact) ->
              all.merge(
                  partition, contact, (one, other) -> one.atMs() > other.atMs() ? one : other));
      return all;
    }

    /** The link was not run here. */
    public static final Live NOTHING = new Live(Map.of(), Map.of(), Set.of());
  }

  /** Why no position of a partition that is copied at least once can be translated. */
  static final String AT_LEAST_ONCE_GROUPS =
      "it is copied at least once: records may be in the target twice";

  private final Parts parts;
  private final FailoverOptions options;
  private final Live live;
  private final Consumer<MoveSnapshot> shown;

  public Failover(Parts parts, FailoverOptions options, Live live) {
    this(parts, options, live, move -> {});
  }

  /**
   * Creates it.
   *
   * @param shown receives how far it is
   */
  public Failover(Parts parts, FailoverOptions options, Live live, Consumer<MoveSnapshot> shown) {
    this.shown = shown;
    this.parts = parts;
    this.options = options;
    this.live = live;
  }

  /**
   * The consumer groups to write; empty if none are to be written, or the sink keeps none.
   *
   * @param store remembers what is written; empty for a dry run
   */
  static Optional<FailoverGroups> groups(
      Parts parts,
      FailoverOptions options,
      Live live,
      Copied copied,
      Optional<GroupLedgerStore> store) {
    if (!options.writesGroups() || !parts.groupSync().isOn()) {
      return Optional.empty();
    }
    return parts
        .abilities()
        .groups()
        .map(
            target ->
                new FailoverGroups(
                    new FailoverGroups.Parts(
                        parts.link(),
                        target,
                        copied.ledgers(),
                        store,
                        parts.translator(),
                        copied.history(),
                        parts.groupSync(),
                        copied.seams(),
                        mapped(copied.progress()),
                        untranslatable(parts, copied),
                        parts.abilities().cluster(),
                        parts.time()),
                    live.groups(),
                    live.shareGroups()));
  }

  private static Map<TopicPartition, Long> mapped(Collection<Progress> progress) {
    Map<TopicPartition, Long> mapped = new HashMap<>();
    progress.forEach(one -> mapped.put(one.source().partition(), one.sourceNext()));
    return mapped;
  }

  /** Why positions of a source partition can't be translated, by partition. */
  private static Map<TopicPartition, String> untranslatable(Parts parts, Copied copied) {
    Map<TopicPartition, String> reasons = new HashMap<>();
    for (Progress one : copied.progress()) {
      TopicPartition source = one.source().partition();
      Seam seam = copied.seams().get(source);
      if (parts.isAtLeastOnce(one)) {
        reasons.put(source, AT_LEAST_ONCE_GROUPS);
      } else if (seam != null && !seam.problem().isEmpty()) {
        reasons.put(source, seam.problem());
      }
    }
    return reasons;
  }

  static ReplicationException unsupported(String link) {
    return new ReplicationException(
        "link %s can't be failed over: the progress store that its sink opens doesn't remember moves, as that of KafkaSink does (EntryStore and ReadableStore)"
            .formatted(link));
  }

  /**
   * Does it, or says what it would do.
   *
   * @return the report; incomplete if the time was not enough
   * @throws ReplicationException if nothing could be done
   */
  public FailoverReport run() {
    if (parts.abilities().recovery().isEmpty()) {
      throw new ReplicationException(
          "link %s can't be failed over: its sink can't fence a former owner, as KafkaSink does (RecoverableSink)"
              .formatted(parts.link()));
    }
    if (options.isDryRun()) {
      return dryRun();
    }
    checkTopics();
    return tryUntilDone();
  }

  /**
   * Checks a selection of topics, without taking the link over.
   *
   * @throws ReplicationException if it can't be moved
   */
  public void checkTopics() {
    if (options.topics().isPresent()) {
      ReadableStore.Saved saved = saved();
      MoveEntries.Stored stored = MoveEntries.move(saved.entries());
      var unused =
          FailoverOfTopics.before(
              parts.link(),
              MoveScope.of(options.topics(), stored),
              saved.progress().keySet(),
              stored);
    }
  }

  private ReadableStore.Saved saved() {
    try (ProgressStore store = parts.stores().get()) {
      if (!(store instanceof ReadableStore readable)) {
        throw unsupported(parts.link());
      }
      return readable.read();
    }
  }

  private FailoverReport tryUntilDone() {
    Deadline deadline = new Deadline(parts.time(), options.deadline());
    Backoff backoff = new Backoff(new SplittableRandom(parts.time().nanoTime()));
    Optional<FailoverReport> soFar = Optional.empty();
    Set<MoveHeader> tried = new HashSet<>();
    for (int failures = 1; ; failures++) {
      try (FailoverAttempt attempt = new FailoverAttempt(parts, options, live, deadline, shown)) {
        try {
          return attempt.run(tried);
        } catch (ReplicationException e) {
          Optional<FailoverReport> now = attempt.soFar(String.valueOf(e.getMessage()));
          soFar = now.isPresent() ? now : soFar;
          if (!(e instanceof FencedException)) {
            attempt.tried().ifPresent(tried::add); // else the other one has finished it
          }
          boolean passes = e instanceof RetriableException || e instanceof FencedException;
          if (!passes || deadline.isOver() || Thread.currentThread().isInterrupted()) {
            return soFar.orElseThrow(() -> e);
          }
        }
      }
      deadline.pause(backoff.after(failures));
    }
  }

  private FailoverReport dryRun() {
    ReadableStore.Saved saved = saved();
    UnfinishedSeed.refuse(parts.link(), saved.entries(), "be moved");
    MoveEntries.Stored stored = MoveEntries.move(saved.entries());
    long now = parts.time().clock().millis();
    MoveScope scope = MoveScope.of(options.topics(), stored);
    Optional<MovedTopics> before =
        scope.isWhole()
            ? Optional.empty()
            : FailoverOfTopics.before(parts.link(), scope, saved.progress().keySet(), stored);
    if (before.isPresent()) {
      return new StoredReport(
          new StoredMove.Facts(
              parts.link(),
              before.get().header(),
              MoveScope.seamsOf(before.get(), stored),
              MoveScope.groupsOf(before.get(), stored),
              stored.acls(),
              true,
              now),
          Optional.of(MoveScope.phaseOf(before.get())),
          StoredMove.Ending.DONE);
    }
    if (stored.header().isPresent() && !LeftSwitchover.isUnfinished(stored.header().get())) {
      MoveHeader move = stored.header().get();
      return new StoredReport(
          new StoredMove.Facts(
              parts.link(),
              move,
              MoveScope.seamsOfRest(stored),
              stored.groups(),
              stored.acls(),
              move.isDone(),
              now),
          stored.phase(),
          move.isDone()
              ? StoredMove.Ending.done(
                  WriteRelease.todo(WriteRelease.held(saved.entries(), stored.acls()).keySet(), ""))
              : StoredMove.Ending.incomplete(
                  "it was begun, and not finished: call failover again to finish it"));
    }
    OffsetMaps maps = OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, saved.chunks());
    Deadline deadline = new Deadline(parts.time(), options.deadline());
    Fencing fencing =
        new Fencing(
            parts.abilities(),
            maps.history(),
            live.contactsAfter(MoveEntries.contacts(saved.entries())),
            parts::isAtLeastOnce,
            deadline);
    List<Progress> progress =
        saved.progress().values().stream()
            .filter(one -> scope.includes(one.source().partition()))
            .toList();
    Map<TopicPartition, Seam> seams = new TreeMap<>(StoredMove.BY_NAME);
    progress.forEach(one -> seams.put(one.source().partition(), fencing.unfenced(one)));
    Copied copied = new Copied(saved.groups(), maps.history(), progress, seams);
    Map<String, MovedGroup> groups =
        groups(parts, options, live, copied, Optional.empty())
            .map(FailoverGroups::planned)
            .orElse(Map.of());
    if (!scope.isWhole()) {
      groups = FailoverOfTopics.groups(scope, groups);
    }
    MoveHeader move =
        new MoveHeader(UUID.randomUUID(), FailoverAttempt.VERB, options.actor(), now, now);
    WriteRelease.Released writes =
        scope.isWhole()
            ? plannedWrites(saved.entries(), stored.acls())
            : new WriteRelease.Released(
                stored.acls(),
                WriteRelease.todoOfTopics(
                    saved.entries(), stored.acls(), scope.selected(saved.progress().keySet())),
                Optional.empty());
    return new StoredReport(
        new StoredMove.Facts(parts.link(), move, seams, groups, writes.acls(), false, now),
        new StoredMove.Ending(Outcome.DRY_RUN, List.of(), writes.todo()));
  }

  /** The ACLs that would be created, unless they may not be. */
  private WriteRelease.Released plannedWrites(
      Collection<StoredEntry> entries, List<MovedAcl> acls) {
    return options.releasesWrites()
        ? WriteRelease.planned(parts.abilities().acls(), entries, acls)
        : new WriteRelease.Released(
            acls,
            WriteRelease.todo(WriteRelease.held(entries, acls).keySet(), ""),
            Optional.empty());
  }
}
