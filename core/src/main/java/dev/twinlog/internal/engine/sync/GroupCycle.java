package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.GroupStore.Refusal;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Brings the positions of all groups in the target in step with the source, once per call.
 *
 * <p>Groups whose positions have not moved cost nothing but the reading of the source. All groups
 * are compared with the target every minute, since there positions expire, and others may write
 * some; what has not moved is written again once a day, so that it doesn't expire.
 *
 * <p>A write is recorded in the group's ledger before it is made, together with what the target has
 * before it: after a crash either counts as the link's.
 *
 * <p>Confined to the thread of syncs.
 */
final class GroupCycle {
  private static final Duration COMPARE = Duration.ofMinutes(1);
  private static final Duration REFRESH = Duration.ofDays(1);

  /**
   * What the cycle uses.
   *
   * @param shared the ids that are known to be of share groups; the source and the target use it
   * @param settings how groups are kept in step, asked once for each cycle
   * @param adopted whether a group's positions in the target count as the link's
   */
  record Parts(
      SourceGroups source,
      GroupStore target,
      Set<String> shared,
      Optional<ShareGroupConfigs> configs,
      GroupLedgers ledgers,
      Supplier<GroupSync> settings,
      Predicate<String> adopted,
      Function<TopicPartition, Copying> copying,
      GroupTargets.Translator translator,
      Supplier<Map<String, String>> otherLinks,
      BooleanSupplier mayWrite,
      LinkTime time) {}

  /** Lists the groups of the source, and reads their positions; both may call. */
  record SourceGroups(
      Supplier<GroupStore.Listing> list,
      Function<Collection<String>, Map<String, GroupOffsets>> offsets) {}

  /** Whether a source partition is copied. */
  enum Copying {
    /** The link has no such partition. */
    NO,

    /** It was moved: positions there are those of clients of the target. */
    NOT_ANY_MORE,

    /** It was copied, and is not part of the link now: positions there are left alone. */
    LEFT,

    /** It is about to be opened for the first time, so that its end is not known. */
    NOT_YET,

    YES
  }

  /** A group whose state has changed. */
  record Change(String group, @Nullable GroupState before, GroupState now, String reason) {}

  /**
   * What a cycle has led to.
   *
   * @param groups all groups, by id
   * @param written the positions that were written
   * @param limitedBy see {@link GroupStore.Listing}
   */
  record Outcome(
      Map<String, GroupView> groups,
      List<Change> changes,
      List<WrittenPosition> written,
      Optional<String> limitedBy) {}

  /**
   * A position that was written in the target.
   *
   * @param latency since the positions of the source were read
   */
  record WrittenPosition(String group, TopicPartition partition, Duration latency) {}

  /** What the next cycle would write, and what would make the configs of share groups the same. */
  record Planned(List<GroupPlan> groups, Map<String, ShareGroupConfigs.Compared> configs) {}

  private final Parts parts;
  private final SplittableRandom random = new SplittableRandom();
  private final Map<String, KnownGroup> known = new HashMap<>();
  private boolean loaded;
  private GroupSync settings;
  private Map<String, String> otherLinks = Map.of();
  private final ShownGroups shown = new ShownGroups();
  private long compareAtNanos;
  private final List<WrittenPosition> written = new ArrayList<>();
  private long readAtNanos;
  private Duration refresh = REFRESH;
  private Duration compare = COMPARE;

  GroupCycle(Parts parts) {
    this.parts = parts;
    this.settings = parts.settings().get();
  }

  /**
   * Runs once.
   *
   * @throws RetriableException if one of the clusters can't be asked
   */
  Outcome run() {
    load();
    written.clear();
    takeSettings();
    GroupStore.Listing listing = kept(parts.source().list().get());
    readAtNanos = parts.time().nanoTime();
    Map<String, GroupOffsets> offsets = sourceOffsets(listing);
    long now = parts.time().nanoTime();
    boolean all = now >= compareAtNanos;
    if (all) {
      otherLinks = parts.otherLinks().get();
    }
    GroupTranslation translation = translation(otherLinks);
    Set<String> present = new HashSet<>();
    Map<String, GroupTargets> compared = new LinkedHashMap<>();
    offsets.forEach(
        (group, read) -> {
          if (read.failure().isPresent()) {
            present.add(group);
            refused(group, read.failure().get());
          } else if (translation.concerns(read.positions())) {
            present.add(group);
            KnownGroup it = known(group);
            it.isShared = listing.shareGroups().contains(group);
            targets(it, translation.withoutMoved(read.positions()), translation)
                .filter(
                    targets ->
                        all
                            || parts.adopted().test(group)
                            || isRefreshDue(it, now)
                            || !targets.equals(it.compared))
                .ifPresent(targets -> compared.put(group, targets.compact()));
          } else if (translation.wasMoved(read.positions())) {
            present.add(group); // it is not gone
            known(group).absent = 0;
          } else if (translation.hasLeft(read.positions())) {
            present.add(group);
            known(group).absent = 0;
            known(group).hide();
          }
        });
    syncAll(compared, listing.shareGroups(), now);
    if (listing.limitedBy().isEmpty()) {
      List<String> gone = new GoneGroups(parts, known, settings).treat(present, all);
      forget(gone);
      parts.shared().removeAll(gone);
    }
    if (all) {
      compareAtNanos = now + compare.toNanos();
    }
    List<Change> changes = shown.update(known);
    return new Outcome(shown.groups(), changes, List.copyOf(written), listing.limitedBy());
  }

  private void load() {
    if (!loaded) {
      parts
          .ledgers()
          .load()
          .forEach(
              (group, ledger) -> {
                known.put(group, new KnownGroup(ledger));
                if (ledger.isShared()) {
                  parts.shared().add(group);
                }
              });
      loaded = true;
    }
  }

  /** Groups that are not kept in step any more are left alone, and all others compared again. */
  @SuppressWarnings("ReferenceEquality") // others are another object
  private void takeSettings() {
    GroupSync now = parts.settings().get();
    if (now != settings) {
      settings = now;
      compareAtNanos = parts.time().nanoTime();
      known.forEach(
          (group, it) -> {
            if (!it.isKept(group, now)) {
              it.hide();
            }
          });
    }
  }

  /** The list without share groups, if those are not kept in step. */
  private GroupStore.Listing kept(GroupStore.Listing all) {
    if (settings.includesShareGroups()) {
      return all;
    }
    Set<String> groups = new HashSet<>(all.groups());
    groups.removeAll(all.shareGroups());
    return new GroupStore.Listing(groups, Set.of(), all.limitedBy());
  }

  private Map<String, GroupOffsets> sourceOffsets(GroupStore.Listing listing) {
    List<String> selected = listing.groups().stream().filter(settings::selects).sorted().toList();
    return selected.isEmpty() ? Map.of() : parts.source().offsets().apply(selected);
  }

  private GroupTranslation translation(Map<String, String> others) {
    return new GroupTranslation(parts.copying(), parts.translator(), others);
  }

  private KnownGroup known(String group) {
    return known.computeIfAbsent(group, any -> new KnownGroup(GroupLedger.NONE));
  }

  /** Of a group that the source refuses to show nothing is known; what was shown before stays. */
  private void refused(String group, Failure failure) {
    KnownGroup it = known(group);
    it.absent = 0;
    it.compared = null;
    GroupPlan refused = GroupPlan.refused(group, GroupTargets.none(), failure);
    it.show(refused.state(), refused.reason());
  }

  /** Where a group belongs, if that can be said now. */
  private static Optional<GroupTargets> targets(
      KnownGroup it, Map<TopicPartition, GroupPosition> positions, GroupTranslation translation) {
    it.absent = 0;
    if (translation.isEarly(positions)) {
      return Optional.empty(); // else it would be moved back until the partition is open
    }
    it.source(positions);
    return Optional.of(translation.targets(positions));
  }

  private boolean isRefreshDue(KnownGroup it, long now) {
    if (!it.refreshIsSet) {
      // the age of what is there is not known: spread over the whole time
      it.refreshAtNanos = now + random.nextLong(refresh.toNanos());
      it.refreshIsSet = true;
    }
    return now >= it.refreshAtNanos;
  }

  // Comparing and writing.

  private void syncAll(Map<String, GroupTargets> compared, Set<String> shareGroups, long now) {
    if (!compared.isEmpty()) {
      askForRetention();
    }
    List<GroupPlan> plans = plan(compared, group -> isRefreshDue(known(group), now));
    Map<String, GroupLedger> before = new HashMap<>();
    for (GroupPlan plan : plans) {
      KnownGroup it = known(plan.group());
      Map<TopicPartition, Commit> commits = new HashMap<>(plan.learned());
      plan.writes()
          .forEach(
              (partition, write) ->
                  commits.put(
                      partition,
                      Commit.intent(
                          write.before(), write.position().offset(), write.position().metadata())));
      before.put(plan.group(), it.ledger);
      if (!commits.isEmpty()) {
        it.ledger(it.ledger.with(it.seen(), commits).shared(it.isShared));
      }
    }
    try {
      saveLedgers();
    } catch (RuntimeException e) {
      before.forEach((group, ledger) -> known(group).ledger(ledger)); // nothing was written
      throw e;
    }
    syncConfigs(plans, shareGroups);
    write(plans, compared, before, now);
  }

  /** Before the positions: else a new share group would begin where its defaults say. */
  private void syncConfigs(List<GroupPlan> plans, Set<String> shareGroups) {
    if (parts.configs().isPresent()) {
      Map<String, String> notes =
          parts.configs().get().sync(configured(plans, shareGroups), parts.mayWrite());
      plans.forEach(plan -> known(plan.group()).configNote = notes.getOrDefault(plan.group(), ""));
    }
  }

  /** The share groups whose configs follow: those whose positions do. */
  private static List<String> configured(List<GroupPlan> plans, Set<String> shareGroups) {
    return plans.stream()
        .filter(plan -> plan.state().isSynced() || plan.state() == GroupState.PARTIAL)
        .map(GroupPlan::group)
        .filter(shareGroups::contains)
        .toList();
  }

  private void askForRetention() {
    parts
        .target()
        .groupRetention()
        .ifPresent(
            kept -> {
              refresh = least(REFRESH, kept.dividedBy(3));
              compare = least(COMPARE, kept.dividedBy(3));
            });
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** Says what the next cycle would write, and changes nothing, not even what is known. */
  Planned planned() {
    load();
    takeSettings();
    GroupStore.Listing listing = kept(parts.source().list().get());
    Map<String, GroupOffsets> offsets = sourceOffsets(listing);
    GroupTranslation translation = translation(parts.otherLinks().get());
    Map<String, GroupTargets> compared = new TreeMap<>();
    offsets.forEach(
        (group, read) -> {
          if (translation.concerns(read.positions())) {
            compared.put(group, translation.targets(translation.withoutMoved(read.positions())));
          }
        });
    List<GroupPlan> plans = plan(compared, group -> false);
    List<String> configured = configured(plans, listing.shareGroups());
    return new Planned(
        plans, parts.configs().map(configs -> configs.compare(configured)).orElse(Map.of()));
  }

  /** Decides, and changes nothing. */
  private List<GroupPlan> plan(Map<String, GroupTargets> compared, Predicate<String> isRefreshDue) {
    if (compared.isEmpty()) {
      return List.of();
    }
    // the members first: what a group commits after that is seen as another's
    Map<String, GroupDetails> details = parts.target().describeGroups(compared.keySet());
    Map<String, GroupOffsets> offsets = parts.target().groupOffsets(compared.keySet());
    Set<TopicPartition> partitions = new HashSet<>();
    compared.values().forEach(targets -> partitions.addAll(targets.positions().keySet()));
    Map<TopicPartition, Long> starts =
        partitions.isEmpty() ? Map.of() : parts.target().earliestOffsets(partitions);
    List<GroupPlan> plans = new ArrayList<>();
    compared.forEach(
        (group, targets) -> {
          KnownGroup it = known.get(group);
          GroupLedger ledger = it == null ? GroupLedger.NONE : it.ledger;
          LocalCommits local =
              parts.adopted().test(group) ? LocalCommits.OVERWRITE : settings.localCommits();
          GroupPlan.Rules rules = new GroupPlan.Rules(local, isRefreshDue.test(group));
          GroupDetails who = details.get(group);
          GroupOffsets found = offsets.get(group);
          if (who != null && found != null) {
            plans.add(GroupPlan.of(group, targets.notBefore(starts), ledger, who, found, rules));
          }
        });
    return plans;
  }

  /** Saves the ledgers that have changed, before anything is written by them. */
  private void saveLedgers() {
    Map<String, Optional<GroupLedger>> changed = new HashMap<>();
    known.forEach(
        (group, it) -> {
          if (it.unsaved) {
            changed.put(group, Optional.of(it.ledger));
          }
        });
    parts.ledgers().save(changed);
    changed.keySet().forEach(group -> known(group).unsaved = false);
  }

  private void write(
      List<GroupPlan> plans,
      Map<String, GroupTargets> compared,
      Map<String, GroupLedger> before,
      long now) {
    Map<String, Map<TopicPartition, GroupPosition>> positions = new HashMap<>();
    for (GroupPlan plan : plans) {
      if (!plan.writes().isEmpty()) {
        Map<TopicPartition, GroupPosition> ofGroup = new HashMap<>();
        plan.writes().forEach((partition, write) -> ofGroup.put(partition, write.position()));
        positions.put(plan.group(), ofGroup);
      }
    }
    if (!positions.isEmpty() && !parts.mayWrite().getAsBoolean()) {
      throw new RetriableException(
          "no group is written, since the lease on the link has ended; it may have another owner");
    }
    Map<String, Map<TopicPartition, Optional<Failure>>> answers =
        positions.isEmpty() ? Map.of() : parts.target().writeGroups(positions);
    Map<String, Map<TopicPartition, Optional<Failure>>> retried =
        writeWithoutMetadata(positions, answers);
    for (GroupPlan plan : plans) {
      Map<TopicPartition, Optional<Failure>> ofGroup =
          new HashMap<>(answers.getOrDefault(plan.group(), Map.of()));
      ofGroup.putAll(retried.getOrDefault(plan.group(), Map.of()));
      written(plan, ofGroup, before.getOrDefault(plan.group(), GroupLedger.NONE), now);
      KnownGroup it = known(plan.group());
      if (it.compared != null) {
        it.compared = compared.get(plan.group()); // as it is before the target's log start counts
      }
    }
  }

  /** A position is worth more than what its consumer stored with it. */
  private Map<String, Map<TopicPartition, Optional<Failure>>> writeWithoutMetadata(
      Map<String, Map<TopicPartition, GroupPosition>> positions,
      Map<String, Map<TopicPartition, Optional<Failure>>> answers) {
    Map<String, Map<TopicPartition, GroupPosition>> again = new HashMap<>();
    positions.forEach(
        (group, ofGroup) ->
            ofGroup.forEach(
                (partition, position) -> {
                  Map<TopicPartition, Optional<Failure>> answer =
                      answers.getOrDefault(group, Map.of());
                  if (isTooLarge(answer.getOrDefault(partition, Optional.empty()))) {
                    again
                        .computeIfAbsent(group, any -> new HashMap<>())
                        .put(partition, new GroupPosition(position.offset(), ""));
                  }
                }));
    if (again.isEmpty()) {
      return Map.of();
    }
    Map<String, Map<TopicPartition, Optional<Failure>>> failed = new HashMap<>();
    parts
        .target()
        .writeGroups(again)
        .forEach(
            (group, ofGroup) ->
                ofGroup.forEach(
                    (partition, failure) -> {
                      if (failure.isPresent()) {
                        failed
                            .computeIfAbsent(group, any -> new HashMap<>())
                            .put(partition, failure);
                      }
                    }));
    return failed;
  }

  private static boolean isTooLarge(Optional<Failure> failure) {
    return failure.filter(it -> it.refusal() == Refusal.METADATA_TOO_LARGE).isPresent();
  }

  /** Records what has become of a plan. */
  private void written(
      GroupPlan plan,
      Map<TopicPartition, Optional<Failure>> answers,
      GroupLedger before,
      long now) {
    KnownGroup it = known(plan.group());
    Duration latency = Duration.ofNanos(parts.time().nanoTime() - readAtNanos);
    Map<TopicPartition, Failure> failures = new HashMap<>();
    Map<TopicPartition, Commit> commits = new HashMap<>(it.ledger.commits());
    boolean again = false;
    for (TopicPartition partition : plan.writes().keySet()) {
      Optional<Failure> failure = answers.getOrDefault(partition, Optional.empty());
      failure.ifPresent(why -> failures.put(partition, why));
      if (failure.isEmpty() || isTooLarge(failure)) {
        commits.computeIfPresent(partition, (any, commit) -> commit.settled());
        written.add(new WrittenPosition(plan.group(), partition, latency));
      } else {
        again = true;
        if (failure.get().refusal() != Refusal.UNAVAILABLE) {
          undo(partition, before, commits);
        }
      }
    }
    it.ledger(new GroupLedger(it.ledger.seen(), commits, it.ledger.isShared()));
    GroupPlan after = plan.after(failures);
    it.compared = again || isForNow(after) ? null : plan.targets();
    if (!plan.writes().isEmpty() && !again) {
      long share = refresh.toNanos() * 4 / 5;
      it.refreshAtNanos = now + share + random.nextLong(refresh.toNanos() - share);
      it.refreshIsSet = true;
    }
    it.show(after);
  }

  /** Whether the group may be written as soon as the next cycle. */
  private static boolean isForNow(GroupPlan after) {
    return after.state() == GroupState.ACTIVE
        || (after.state() == GroupState.UNAVAILABLE && !after.targets().positions().isEmpty());
  }

  /** A write that was refused: the target has what it had before. */
  private static void undo(
      TopicPartition partition, GroupLedger before, Map<TopicPartition, Commit> commits) {
    Commit former = before.commit(partition);
    if (former == null) {
      commits.remove(partition);
    } else {
      commits.put(partition, former);
    }
  }

  // Groups that are gone.

  private void forget(Collection<String> groups) {
    if (groups.isEmpty()) {
      return;
    }
    Map<String, Optional<GroupLedger>> removed = new HashMap<>();
    groups.forEach(group -> removed.put(group, Optional.empty()));
    parts.ledgers().save(removed);
    groups.forEach(known::remove);
    parts.configs().ifPresent(configs -> configs.forget(groups));
  }
}
