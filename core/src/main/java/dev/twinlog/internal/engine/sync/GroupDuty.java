package dev.twinlog.internal.engine.sync;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupState;
import dev.twinlog.PartitionState;
import dev.twinlog.SyncChange;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupPlan.Write;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.engine.sync.GroupCycle.Copying;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TopicSelection;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Keeps the positions of consumer groups in step, and shows how they are doing. Takes at most a
 * tenth of the time of its thread. Confined to the control thread, but for the cycle.
 */
public final class GroupDuty implements PlannedDuty {
  private static final String NOTES = "consumer groups";
  private static final int MOST_OF_TIME = 10;

  private final Link link;
  private final GroupCycle cycle;
  private final Optional<MirrorMakerCheckpoints> checkpoints;
  private final StreamsTopics streams;

  /** How long the last two cycles that succeeded took; one slow answer is no load. */
  private Duration took = Duration.ZERO;

  private Duration tookBefore = Duration.ZERO;

  private GroupDuty(
      Link link,
      GroupStore source,
      GroupStore target,
      Optional<GroupLedgerStore> ledgers,
      CopiedConfigs configs) {
    this.link = link;
    this.checkpoints = MirrorMakerCheckpoints.of(link.settings());
    Optional<TopicSelection> selection = link.settings().sourceAbilities().selection();
    this.streams =
        new StreamsTopics(
            source, topic -> selection.map(it -> it.selects(topic)).orElse(true), link.time());
    TypedGroups.Sides sides =
        TypedGroups.Sides.of(source, target, true); // the cycle leaves them out
    this.cycle =
        new GroupCycle(
            new GroupCycle.Parts(
                new GroupCycle.SourceGroups(
                    sides.source()::listGroups, sides.source()::groupOffsets),
                sides.target(),
                sides.shared(),
                ShareGroupConfigs.of(source, target, configs),
                new GroupLedgers(link.name(), ledgers),
                link::groupOptions,
                link.adopted()::contains,
                this::copying,
                new LinkTranslator(link),
                () -> SharedTopics.of(link),
                () -> link.claims().lease().holds(),
                link.time()));
  }

  /**
   * Returns the duty of a link; empty, and the reason shown, if it does not keep groups in step.
   *
   * @param ledgers remembers what was written, if there is such a store
   * @param configs remembers the configs that were set
   */
  public static Optional<GroupDuty> of(
      Link link, Optional<GroupLedgerStore> ledgers, CopiedConfigs configs) {
    showWhetherOn(link);
    LinkSettings settings = link.settings();
    Optional<GroupStore> source = settings.sourceAbilities().groups();
    Optional<GroupStore> target = settings.sinkAbilities().groups();
    return link.groupOptions().isOn() && source.isPresent() && target.isPresent()
        ? Optional.of(new GroupDuty(link, source.get(), target.get(), ledgers, configs))
        : Optional.empty();
  }

  /** Shows whether a link keeps groups in step, and why not. */
  public static void showWhetherOn(Link link) {
    if (!link.groupOptions().isOn()) {
      link.groupSync("off");
    } else if (link.settings().sourceAbilities().groups().isEmpty()) {
      link.groupSync("off: the source keeps no consumer groups");
    } else if (link.settings().sinkAbilities().groups().isEmpty()) {
      link.groupSync("off: the sink keeps no consumer groups");
    } else {
      link.groupSync("on");
    }
  }

  @Override
  public String name() {
    return "group sync";
  }

  @Override
  public Duration interval() {
    Duration usual = took.compareTo(tookBefore) < 0 ? took : tookBefore;
    return most(usual.multipliedBy(MOST_OF_TIME), link.groupOptions().interval());
  }

  private static Duration most(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  @Override
  public Duration retry(Duration backoff, Duration lastTook) {
    return most(backoff, interval()); // a cluster that is away is asked by what copies
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    if (!link.groupOptions().isOn()) {
      hideAll();
      return Optional.empty();
    }
    return isReachable() ? Optional.of(this::runCycle) : Optional.empty();
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    return isReachable() && link.groupOptions().isOn()
        ? Optional.of(this::planned)
        : Optional.empty();
  }

  /** It was turned off: groups are left alone, and not shown. */
  private void hideAll() {
    if (!link.groups().isEmpty()) {
      link.groups(Map.of());
    }
    link.publishNotes(name(), Map.of());
  }

  /** While one of the clusters gives no answer there is nothing to do that could succeed. */
  private boolean isReachable() {
    return link.isReachable();
  }

  /** On the thread of syncs. */
  private PlannedChanges planned() {
    return planned(cycle.planned());
  }

  /** The same for people. */
  static PlannedChanges planned(GroupCycle.Planned planned) {
    List<Change> changes = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (GroupPlan plan : planned.groups()) {
      byName(plan.writes())
          .forEach(
              (partition, write) ->
                  changes.add(
                      new Change(
                          SyncChange.Kind.WRITE_GROUP,
                          plan.group() + " " + partition,
                          Optional.ofNullable(write.before()).map(String::valueOf),
                          Optional.of(Long.toString(write.position().offset())))));
      if (!plan.state().isSynced()) {
        notes.add("group %s: %s, %s".formatted(plan.group(), plan.state(), plan.reason()));
      }
    }
    planned.configs().forEach((group, both) -> planned(group, both, changes, notes));
    return new PlannedChanges(changes, notes);
  }

  private static void planned(
      String group, ShareGroupConfigs.Compared both, List<Change> changes, List<String> notes) {
    new TreeMap<>(both.plan().changes())
        .forEach(
            (config, value) ->
                changes.add(
                    new Change(
                        SyncChange.Kind.CHANGE_GROUP_CONFIG,
                        group + " " + config,
                        Optional.ofNullable(both.target().own().get(config)),
                        value)));
    both.plan().notes().forEach(note -> notes.add("group %s: %s".formatted(group, note)));
  }

  private static Map<String, Write> byName(Map<TopicPartition, Write> writes) {
    Map<String, Write> named = new TreeMap<>();
    writes.forEach((partition, write) -> named.put(partition.toString(), write));
    return named;
  }

  /** On the thread of syncs. */
  private Runnable runCycle() {
    long begun = link.time().nanoTime();
    GroupCycle.Outcome outcome = cycle.run();
    Optional<String> unwritten = checkpoints.flatMap(it -> it.publish(outcome.groups()));
    List<String> uncopied = streams.notes(present(outcome.groups()));
    Duration now = Duration.ofNanos(link.time().nanoTime() - begun);
    return () -> {
      tookBefore = took;
      took = now;
      show(outcome, unwritten, uncopied);
    };
  }

  private static Set<String> present(Map<String, GroupView> groups) {
    Set<String> present = new HashSet<>();
    groups.forEach(
        (group, view) -> {
          if (view.state() != GroupState.DELETED) {
            present.add(group);
          }
        });
    return present;
  }

  private void show(GroupCycle.Outcome outcome, Optional<String> unwritten, List<String> uncopied) {
    if (!link.groupOptions().isOn()) {
      return; // it was turned off meanwhile
    }
    link.groups(outcome.groups());
    Map<String, List<String>> notes = new HashMap<>();
    List<String> ofGroups = new ArrayList<>(uncopied);
    outcome
        .limitedBy()
        .map(
            why -> link.groupOptions().deletes() ? why + "; so none is deleted in the target" : why)
        .ifPresent(ofGroups::add);
    if (!ofGroups.isEmpty()) {
      notes.put(NOTES, ofGroups);
    }
    unwritten.ifPresent(why -> checkpoints.ifPresent(it -> notes.put(it.topic(), List.of(why))));
    link.publishNotes(name(), notes);
    for (GroupCycle.WrittenPosition one : outcome.written()) {
      link.metrics().groupPositionWritten(one.group(), one.partition(), one.latency());
    }
    for (GroupCycle.Change change : outcome.changes()) {
      if (!change.now().isSynced()) {
        link.events()
            .post(listener -> listener.groupHeld(change.group(), change.now(), change.reason()));
      } else if (change.before() == null || !change.before().isSynced()) {
        link.events().post(listener -> listener.groupSynced(change.group()));
      }
    }
  }

  private Copying copying(TopicPartition source) {
    PartitionFigures figures = link.allFigures().get(source);
    if (figures == null) {
      return link.claims().history().routesFrom(source).isEmpty() ? Copying.NO : Copying.LEFT;
    }
    if (figures.state() == PartitionState.MOVED) {
      return Copying.NOT_ANY_MORE;
    }
    return figures.copiedNext() < 0 && figures.state() == PartitionState.OPENING
        ? Copying.NOT_YET
        : Copying.YES;
  }

  /** Translates by the offset maps of the link, as {@code Replicator.offsets()} does. */
  private static final class LinkTranslator implements GroupTargets.Translator {
    private static final Unavailable NOT_EXACT =
        new Unavailable(
            "the link copies at least once: records may be in the target twice, so that a position"
                + " has no certain counterpart");

    private final Link link;
    private final OffsetHistory history;
    private final TranslatedOffsets offsets;

    LinkTranslator(Link link) {
      this.link = link;
      this.history = link.claims().history();
      this.offsets =
          new TranslatedOffsets(link.settings().get(LinkOptions.OFFSET_TRANSLATOR), history);
    }

    @Override
    public Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset) {
      PartitionFigures figures = link.allFigures().get(source);
      if (figures == null || figures.copiedNext() < 0) {
        return Map.of();
      }
      if (link.settings().guarantee() != DeliveryGuarantee.EXACTLY_ONCE) {
        Map<TopicPartition, Translation> none = new HashMap<>();
        history.routesFrom(source).forEach(route -> none.put(route.target(), NOT_EXACT));
        return none;
      }
      return offsets.toTargets(source, offset);
    }

    @Override
    public List<TopicPartition> sourcesOf(TopicPartition target) {
      return history.routesInto(target).stream().map(Route::source).toList();
    }
  }
}
