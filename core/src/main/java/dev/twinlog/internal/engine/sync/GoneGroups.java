package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The groups of a link that the source no longer has. Confined to the thread of syncs. */
final class GoneGroups {
  /** A group that two lists in a row don't have was deleted. */
  private static final int ABSENCES = 2;

  private final GroupCycle.Parts parts;
  private final Map<String, KnownGroup> known;
  private final GroupSync settings;

  GoneGroups(GroupCycle.Parts parts, Map<String, KnownGroup> known, GroupSync settings) {
    this.parts = parts;
    this.known = known;
    this.settings = settings;
  }

  /**
   * Treats them, and returns those of which nothing is left.
   *
   * @param present the groups that the source has
   * @param all whether also those that are known to be gone
   */
  List<String> treat(Set<String> present, boolean all) {
    List<String> gone = new ArrayList<>();
    known.forEach(
        (group, it) -> {
          if (!present.contains(group)
              && it.isKept(group, settings)
              && ++it.absent >= ABSENCES
              && (all || it.state() != GroupState.DELETED)) {
            gone.add(group);
          }
        });
    if (gone.isEmpty()) {
      return gone;
    }
    Map<String, GroupDetails> details = parts.target().describeGroups(gone);
    Map<String, GroupOffsets> offsets = parts.target().groupOffsets(gone);
    List<String> deletable = new ArrayList<>();
    List<String> forgotten = new ArrayList<>();
    List<String> deleted = new ArrayList<>();
    for (String group : gone) {
      KnownGroup it = known(group);
      GroupOffsets found = offsets.get(group);
      it.compared = null;
      if (found == null || found.failure().isPresent()) {
        continue;
      }
      GroupDetails who = details.get(group);
      if (isForgotten(it, found)) {
        forgotten.add(group);
        if (who != null && who.failure().isEmpty() && !who.exists()) {
          deleted.add(group);
        }
        continue;
      }
      it.show(GroupState.DELETED, "it has no positions in the source any more");
      if (settings.deletes() && who != null && isOurs(it, who, found)) {
        deletable.add(group);
      }
    }
    List<String> now = delete(deletable);
    forgotten.addAll(now);
    deleted.addAll(now);
    forgotten.removeAll(removeConfigs(deleted));
    return forgotten;
  }

  /**
   * Removes the configs of share groups that the target does not have any more: else a group that
   * gets the id later would begin with them. Returns those of which some are left.
   */
  private Set<String> removeConfigs(List<String> groups) {
    List<String> shared = groups.stream().filter(group -> known(group).isShared).toList();
    if (shared.isEmpty()
        || parts.configs().isEmpty()
        || !settings.deletes()
        || !parts.mayWrite().getAsBoolean()) {
      return Set.of();
    }
    Map<String, String> left = parts.configs().get().remove(shared);
    left.forEach((group, why) -> known(group).show(GroupState.DELETED, why));
    return left.keySet();
  }

  private KnownGroup known(String group) {
    return Objects.requireNonNull(known.get(group));
  }

  /** Whether the target has nothing of what was written. */
  private static boolean isForgotten(KnownGroup it, GroupOffsets found) {
    return it.ledger.commits().keySet().stream().noneMatch(found.positions()::containsKey);
  }

  private static boolean isOurs(KnownGroup it, GroupDetails who, GroupOffsets found) {
    return who.failure().isEmpty()
        && who.members() == 0
        && found.positions().entrySet().stream()
            .allMatch(
                entry -> {
                  Commit commit = it.ledger.commit(entry.getKey());
                  return commit != null && commit.isOurs(entry.getValue().offset());
                });
  }

  /** Returns the groups that were deleted. */
  private List<String> delete(List<String> groups) {
    List<String> deleted = new ArrayList<>();
    if (!groups.isEmpty() && parts.mayWrite().getAsBoolean()) {
      parts
          .target()
          .deleteGroups(groups)
          .forEach(
              (group, failure) -> {
                if (failure.isEmpty()) {
                  deleted.add(group);
                } else {
                  known(group).show(GroupState.DELETED, failure.get().message());
                }
              });
    }
    return deleted;
  }
}
