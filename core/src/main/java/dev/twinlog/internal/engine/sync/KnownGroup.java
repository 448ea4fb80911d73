package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.control.GroupTargets.Target;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.GroupStore.GroupPosition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a link knows of one consumer group between two cycles. Confined to the thread of syncs. */
final class KnownGroup {
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /** What was written; the stored one may be older, see {@link #unsaved}. */
  GroupLedger ledger;

  /** Whether the ledger differs from the stored one. */
  boolean unsaved;

  /** Its positions in the source, as they were last read. */
  Map<TopicPartition, GroupPosition> source = Map.of();

  /** Where it belonged when the target was last compared; null if it is to be compared again. */
  @Nullable GroupTargets compared;

  /** When what is in the target is written again. */
  long refreshAtNanos;

  boolean refreshIsSet;

  /**
   * Whether it is a share group: what it has acknowledged behind the start of its window is
   * delivered again.
   */
  boolean isShared;

  /** What of its configs is not the same in the target; empty if nothing. */
  String configNote = "";

  /** In how many lists in a row it was missing. */
  int absent;

  @Nullable GroupView view;

  KnownGroup(GroupLedger ledger) {
    this.ledger = ledger;
  }

  @Nullable GroupState state() {
    return view == null ? null : view.state();
  }

  /** Replaces the ledger. */
  void ledger(GroupLedger now) {
    if (!now.equals(ledger)) {
      ledger = now;
      unsaved = true;
    }
  }

  /** The positions in the source, for the ledger. */
  Map<TopicPartition, Long> seen() {
    Map<TopicPartition, Long> seen = new HashMap<>();
    source.forEach((partition, position) -> seen.put(partition, position.offset()));
    return seen;
  }

  /** Shows the state that a plan has led to. */
  void show(GroupPlan plan) {
    view = new GroupView(plan.state(), new GroupSnapshot(reason(plan), positions(plan)));
  }

  private String reason(GroupPlan plan) {
    return plan.reason().isEmpty() || configNote.isEmpty()
        ? plan.reason() + configNote
        : plan.reason() + "; " + configNote;
  }

  /** Shows another state, with the positions that were shown before. */
  void show(GroupState state, String reason) {
    view =
        new GroupView(
            state,
            new GroupSnapshot(reason, view == null ? Map.of() : view.snapshot().positions()));
  }

  private Map<TopicPartition, GroupSnapshot.Position> positions(GroupPlan plan) {
    Map<TopicPartition, Map<TopicPartition, Long>> written = new HashMap<>();
    Map<TopicPartition, Boolean> exact = new HashMap<>();
    Map<TopicPartition, String> reasons = new HashMap<>(plan.targets().missing());
    plan.targets()
        .positions()
        .forEach(
            (partition, target) -> {
              boolean there = isWritten(partition, target);
              for (TopicPartition source : target.sources()) {
                if (there) {
                  written
                      .computeIfAbsent(source, any -> new HashMap<>(2))
                      .put(partition, target.offset());
                }
                exact.merge(source, target.exact() && !isShared, Boolean::logicalAnd);
                String held = plan.held().get(partition);
                if (held != null) {
                  reasons.putIfAbsent(source, held);
                }
              }
            });
    Map<TopicPartition, GroupSnapshot.Position> positions = new TreeMap<>(BY_NAME);
    source.forEach(
        (partition, position) ->
            positions.put(
                partition,
                new GroupSnapshot.Position(
                    position.offset(),
                    Map.copyOf(written.getOrDefault(partition, Map.of())),
                    exact.getOrDefault(partition, false),
                    reasons.getOrDefault(partition, ""))));
    return positions;
  }

  private boolean isWritten(TopicPartition partition, Target target) {
    GroupLedger.Commit commit = ledger.commit(partition);
    return commit != null && commit.is(target.offset(), target.metadata());
  }
}
