package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.sync.GroupCycle.Copying;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedGroup.Position;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes the positions of consumer groups in the target once more, by all that was copied, when the
 * source may not answer any more: from the positions that the link has seen there last. The rules
 * are those of {@link GroupCycle}. Confined to one thread.
 */
public final class FailoverGroups {

  /**
   * What is needed.
   *
   * @param chunks what the link remembers of its writes
   * @param ledgers remembers what is written now; empty for a dry run
   * @param history the offset maps, without what the target has lost
   * @param settings which groups are written, and over whose positions
   * @param seams where the copy ended, by source partition; others are not copied
   * @param mapped up to which source offset the offset maps know the copy; it may have gone on
   * @param untranslatable why positions of a source partition can't be translated
   * @param cluster the target, if it is a cluster
   */
  public record Parts(
      String link,
      GroupStore target,
      Collection<GroupChunk> chunks,
      Optional<GroupLedgerStore> ledgers,
      OffsetTranslator translator,
      OffsetHistory history,
      GroupSync settings,
      Map<TopicPartition, Seam> seams,
      Map<TopicPartition, Long> mapped,
      Map<TopicPartition, String> untranslatable,
      Optional<LinkedCluster> cluster,
      LinkTime time) {}

  private final Parts parts;
  private final Map<String, Map<TopicPartition, Long>> seen = new TreeMap<>();

  /** Share groups, also those of the ledgers once the cycle has loaded them. */
  private final Set<String> shared = new HashSet<>();

  /** Groups that are no share groups, whatever else is known of their ids. */
  private final Set<String> plain = new HashSet<>();

  private final GroupStore target;
  private final GroupCycle cycle;

  /**
   * Reads what is remembered, and which groups the target has; calls.
   *
   * @param later positions in the source that were seen after those that are remembered, by group
   * @param shareGroups those of them that are share groups there
   */
  public FailoverGroups(
      Parts parts, Map<String, Map<TopicPartition, Long>> later, Set<String> shareGroups) {
    this.parts = parts;
    GroupLedgers ledgers = new GroupLedgers(parts.link(), parts::chunks, parts.ledgers());
    ledgers.load().forEach((group, ledger) -> seen.put(group, ledger.seen()));
    plain.addAll(later.keySet());
    plain.removeAll(shareGroups);
    shared.addAll(shareGroups);
    seen.putAll(later);
    seen.values().removeIf(Map::isEmpty);
    if (!seen.isEmpty()) {
      shared.addAll(parts.target().listGroups().shareGroups());
    }
    this.target = TypedGroups.of(parts.target(), shared);
    this.cycle =
        new GroupCycle(
            new GroupCycle.Parts(
                new GroupCycle.SourceGroups(this::listed, this::positions),
                target,
                shared,
                Optional.empty(),
                ledgers,
                parts::settings,
                group -> false,
                partition -> parts.seams().containsKey(partition) ? Copying.YES : Copying.NO,
                new MapTranslator(parts.translator(), parts.history(), parts.untranslatable()),
                this::otherLinks,
                () -> true, // a save of what is about to be written has just succeeded
                parts.time()));
  }

  private Map<String, String> otherLinks() {
    return parts.cluster().map(it -> SharedTopics.of(parts.link(), it)).orElse(Map.of());
  }

  private GroupStore.Listing listed() {
    shared.removeAll(plain);
    Set<String> shares = new HashSet<>(seen.keySet());
    shares.retainAll(shared);
    return new GroupStore.Listing(seen.keySet(), shares, Optional.empty());
  }

  /** The positions that were seen, with the metadata that the target has of them. */
  private Map<String, GroupOffsets> positions(Collection<String> groups) {
    Map<String, GroupOffsets> there = target.groupOffsets(groups);
    Map<String, GroupOffsets> all = new HashMap<>();
    for (String group : groups) {
      GroupOffsets found = there.get(group);
      Map<TopicPartition, GroupPosition> kept = found == null ? Map.of() : found.positions();
      Map<TopicPartition, GroupPosition> positions = new HashMap<>();
      seen.getOrDefault(group, Map.of())
          .forEach(
              (partition, offset) ->
                  positions.put(partition, new GroupPosition(offset, metadata(partition, kept))));
      all.put(group, GroupOffsets.of(positions));
    }
    return all;
  }

  private String metadata(TopicPartition source, Map<TopicPartition, GroupPosition> kept) {
    for (Route route : parts.history().routesFrom(source)) {
      GroupPosition position = kept.get(route.target());
      if (position != null) {
        return position.metadata();
      }
    }
    return "";
  }

  /** How many groups there are. */
  public int size() {
    return seen.size();
  }

  /**
   * Writes them.
   *
   * @return what has become of each
   * @throws dev.twinlog.spi.ReplicationException if the target does not answer
   */
  public Map<String, MovedGroup> write() {
    if (seen.isEmpty()) {
      return Map.of();
    }
    Map<String, MovedGroup> moved = new TreeMap<>();
    cycle.run().groups().forEach((group, view) -> moved.put(group, moved(view)));
    moved.keySet().retainAll(seen.keySet());
    return moved;
  }

  private MovedGroup moved(GroupView view) {
    List<Position> positions = new ArrayList<>();
    view.snapshot()
        .positions()
        .forEach((partition, position) -> positions.add(moved(partition, position)));
    return new MovedGroup(view.state().name(), view.snapshot().reason(), positions);
  }

  private Position moved(TopicPartition partition, GroupSnapshot.Position position) {
    return new Position(
        partition,
        position.source(),
        position.targets(),
        reRead(partition, position.source(), position.exact()),
        position.reason());
  }

  /** A group that has read more than the offset maps know continues where they end. */
  private long reRead(TopicPartition partition, long source, boolean exact) {
    Seam seam = parts.seams().get(partition);
    Long mapped = parts.mapped().get(partition);
    if (seam == null || mapped == null || (!exact && source <= mapped)) {
      return MovedGroup.UNKNOWN;
    }
    long copied = Math.max(0, Math.min(source, seam.sourceCut()) - mapped);
    long held = Math.max(0, Math.min(source - seam.sourceCut(), seam.heldRecords()));
    return copied + held;
  }

  /** Those that should have been written, and were not, since the target has refused it. */
  public Set<String> unwritten() {
    Set<String> groups = new HashSet<>();
    if (!seen.isEmpty()) {
      for (GroupPlan plan : cycle.planned().groups()) {
        boolean refused =
            plan.state() == GroupState.DENIED || plan.state() == GroupState.UNAVAILABLE;
        boolean due = refused && !plan.targets().positions().isEmpty();
        if (due || !plan.writes().isEmpty()) {
          groups.add(plan.group());
        }
      }
    }
    return groups;
  }

  /** What {@link #write} would do; nothing is changed. */
  public Map<String, MovedGroup> planned() {
    Map<String, MovedGroup> planned = new TreeMap<>();
    if (!seen.isEmpty()) {
      cycle.planned().groups().forEach(plan -> planned.put(plan.group(), planned(plan)));
    }
    return planned;
  }

  private MovedGroup planned(GroupPlan plan) {
    boolean writes = plan.state() != GroupState.ACTIVE;
    Map<TopicPartition, Map<TopicPartition, Long>> targets = new HashMap<>();
    Map<TopicPartition, Boolean> exact = new HashMap<>();
    Map<TopicPartition, String> reasons = new HashMap<>(plan.targets().missing());
    plan.targets()
        .positions()
        .forEach(
            (partition, found) -> {
              for (TopicPartition source : found.sources()) {
                String held = plan.held().get(partition);
                if (writes && held == null) {
                  targets
                      .computeIfAbsent(source, any -> new HashMap<>(2))
                      .put(partition, found.offset());
                }
                if (held != null) {
                  reasons.putIfAbsent(source, held);
                }
                boolean sure = found.exact() && !shared.contains(plan.group());
                exact.merge(source, sure, Boolean::logicalAnd);
              }
            });
    List<Position> positions = new ArrayList<>();
    seen.getOrDefault(plan.group(), Map.of())
        .forEach(
            (partition, offset) ->
                positions.add(
                    new Position(
                        partition,
                        offset,
                        targets.getOrDefault(partition, Map.of()),
                        reRead(partition, offset, exact.getOrDefault(partition, false)),
                        reasons.getOrDefault(partition, ""))));
    return new MovedGroup(plan.state().name(), plan.reason(), positions);
  }

  /** Translates by the stored offset maps. */
  record MapTranslator(
      OffsetTranslator translator,
      OffsetHistory history,
      Map<TopicPartition, String> untranslatable)
      implements GroupTargets.Translator {
    @Override
    public Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset) {
      String why = untranslatable.get(source);
      if (why != null) {
        Map<TopicPartition, Translation> none = new HashMap<>();
        history.routesFrom(source).forEach(route -> none.put(route.target(), new Unavailable(why)));
        return none;
      }
      return new TranslatedOffsets(translator, history).toTargets(source, offset);
    }

    @Override
    public List<TopicPartition> sourcesOf(TopicPartition target) {
      return history.routesInto(target).stream().map(Route::source).toList();
    }
  }
}
