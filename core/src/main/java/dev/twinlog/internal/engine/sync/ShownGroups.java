package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.engine.sync.GroupCycle.Change;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The groups that are shown: another object only if one of them has changed. A change that a cycle
 * found before it failed is in the next update. Confined to the thread of syncs.
 */
final class ShownGroups {
  private Map<String, GroupView> groups = Map.of();

  /** All groups as of the last update, by id. Unmodifiable. */
  Map<String, GroupView> groups() {
    return groups;
  }

  /** Shows what is known now, and returns the groups whose state is another. */
  @SuppressWarnings("ReferenceEquality") // a view that has changed is another object
  List<Change> update(Map<String, KnownGroup> known) {
    List<Change> changes = new ArrayList<>();
    boolean same = true;
    int count = 0;
    for (Map.Entry<String, KnownGroup> each : known.entrySet()) {
      KnownGroup it = each.getValue();
      GroupView view = it.view;
      if (view != null) {
        count++;
      }
      if (view != null && view != it.published) {
        same = false;
        GroupState before = it.published == null ? null : it.published.state();
        if (view.state() != before) {
          changes.add(new Change(each.getKey(), before, view.state(), view.snapshot().reason()));
        }
        it.published = view;
      }
    }
    if (!same || count != groups.size()) {
      groups = sorted(known);
    }
    return changes;
  }

  private static Map<String, GroupView> sorted(Map<String, KnownGroup> known) {
    Map<String, GroupView> sorted = new TreeMap<>();
    known.forEach(
        (group, it) -> {
          if (it.view != null) {
            sorted.put(group, it.view);
          }
        });
    return Collections.unmodifiableMap(sorted);
  }
}
