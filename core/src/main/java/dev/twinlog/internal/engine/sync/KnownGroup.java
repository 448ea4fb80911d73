package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.internal.control.GroupPlan;
import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.spi.GroupStore.GroupPosition;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What a link knows of one consumer group between two cycles. Confined to the thread of syncs. */
final class KnownGroup {
  /** What was written; the stored one may be older, see {@link #unsaved}. */
  GroupLedger ledger;

  /** Whether the ledger differs from the stored one. */
  boolean unsaved;

  /** Its positions in the source, as they were last read. */
  private Map<TopicPartition, GroupPosition> source = Map.of();

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

  /** What is to be shown; null if nothing is known yet. */
  @Nullable GroupView view;

  /** What the last cycle that succeeded has shown. */
  @Nullable GroupView published;

  KnownGroup(GroupLedger ledger) {
    this.ledger = ledger;
    this.isShared = ledger.isShared();
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

  /** Takes positions that were read, if they are others than those that were read before. */
  void source(Map<TopicPartition, GroupPosition> now) {
    if (!now.equals(source)) {
      source = now;
    }
  }

  /** Shows the state that a plan has led to. */
  void show(GroupPlan plan) {
    ShownPositions positions =
        new ShownPositions(source, plan.targets(), ledger, plan.held(), isShared);
    view = new GroupView(plan.state(), new GroupSnapshot(reason(plan), positions), isShared);
  }

  private String reason(GroupPlan plan) {
    return plan.reason().isEmpty() || configNote.isEmpty()
        ? plan.reason() + configNote
        : plan.reason() + "; " + configNote;
  }

  /** Whether the link keeps it in step, if it has positions in the link's topics. */
  boolean isKept(String group, GroupSync settings) {
    return settings.selects(group) && (settings.includesShareGroups() || !isShared);
  }

  /** It is not kept in step any more, and is left alone. */
  void hide() {
    view = null;
    published = null;
    compared = null;
  }

  /** Shows another state, with the positions that were shown before. */
  void show(GroupState state, String reason) {
    view =
        new GroupView(
            state,
            new GroupSnapshot(reason, view == null ? Map::of : view.snapshot().shown()),
            isShared);
  }
}
