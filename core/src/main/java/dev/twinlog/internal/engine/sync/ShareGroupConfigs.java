package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.GroupConfigPlan;
import dev.twinlog.spi.GroupConfigStore;
import dev.twinlog.spi.GroupConfigStore.GroupConfigs;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.Failure;
import dev.twinlog.spi.GroupStore.Refusal;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Keeps the configs of share groups in the target in step. Without them a group that is new there
 * begins at the end of partitions in which it has no position. What can't be described or changed
 * is a note: the positions are written nevertheless. Confined to the thread of syncs.
 */
final class ShareGroupConfigs {
  private final GroupConfigStore source;
  private final GroupConfigStore target;

  /** By group and config, the values that the link has set in the target. */
  private final Map<String, Map<String, String>> copied = new HashMap<>();

  /** A share group on both sides, and what would make its configs the same. */
  record Compared(GroupConfigs source, GroupConfigs target, GroupConfigPlan plan) {}

  ShareGroupConfigs(GroupConfigStore source, GroupConfigStore target) {
    this.source = source;
    this.target = target;
  }

  /** Those of a link, if both sides have them. */
  static Optional<ShareGroupConfigs> of(GroupStore source, GroupStore target) {
    return source instanceof GroupConfigStore from && target instanceof GroupConfigStore into
        ? Optional.of(new ShareGroupConfigs(from, into))
        : Optional.empty();
  }

  /** Compares both sides, and changes nothing. */
  Map<String, Compared> compare(Collection<String> groups) {
    Map<String, Compared> compared = new TreeMap<>();
    if (groups.isEmpty()) {
      return compared;
    }
    Map<String, GroupConfigs> sources = source.groupConfigs(groups);
    Map<String, GroupConfigs> targets = target.groupConfigs(groups);
    for (String group : groups) {
      GroupConfigs from = sources.get(group);
      GroupConfigs into = targets.get(group);
      if (from != null && into != null) {
        GroupConfigPlan plan = GroupConfigPlan.of(from, into, copied.getOrDefault(group, Map.of()));
        compared.put(group, new Compared(from, into, plan));
      }
    }
    return compared;
  }

  /**
   * Makes the configs of these groups the same.
   *
   * @param mayWrite asked before anything is changed
   * @return what is not the same, by group
   */
  Map<String, String> sync(Collection<String> groups, BooleanSupplier mayWrite) {
    Map<String, Compared> compared = compare(groups);
    Map<String, Map<String, Optional<String>>> changes = new HashMap<>();
    Map<String, List<String>> notes = new HashMap<>();
    compared.forEach(
        (group, both) -> {
          notes.put(group, new ArrayList<>(both.plan().notes()));
          if (!both.plan().changes().isEmpty()) {
            changes.put(group, both.plan().changes());
          }
        });
    if (!changes.isEmpty() && !mayWrite.getAsBoolean()) {
      throw new RetriableException(
          "no config of a group is changed, since the lease on the link has ended; it may have another owner");
    }
    Map<String, Map<String, Optional<String>>> refused = alter(changes, notes);
    refused.forEach(
        (group, all) ->
            new TreeMap<>(all)
                .forEach((name, value) -> alter(Map.of(group, Map.of(name, value)), notes)));
    compared.forEach(this::forgetOthers);
    Map<String, String> named = new HashMap<>();
    notes.forEach(
        (group, all) -> {
          if (!all.isEmpty()) {
            named.put(group, "its configs are not the same: " + String.join("; ", all));
          }
        });
    return named;
  }

  /** Forgets a group. */
  void forget(Collection<String> groups) {
    copied.keySet().removeAll(groups);
  }

  /** What others have set since is not the link's any more. */
  private void forgetOthers(String group, Compared both) {
    Map<String, String> ours = copied.get(group);
    if (ours == null || both.source().failure().or(both.target()::failure).isPresent()) {
      return;
    }
    Map<String, Optional<String>> changes = both.plan().changes();
    ours.entrySet()
        .removeIf(
            one ->
                !changes.containsKey(one.getKey())
                    && !one.getValue().equals(both.target().own().get(one.getKey())));
  }

  private void changed(String group, Map<String, Optional<String>> configs) {
    Map<String, String> ours = copied.computeIfAbsent(group, any -> new HashMap<>());
    configs.forEach(
        (name, value) ->
            value.ifPresentOrElse(set -> ours.put(name, set), () -> ours.remove(name)));
  }

  /** Changes configs, and returns the changes that are to be tried one by one. */
  private Map<String, Map<String, Optional<String>>> alter(
      Map<String, Map<String, Optional<String>>> changes, Map<String, List<String>> notes) {
    Map<String, Map<String, Optional<String>>> again = new HashMap<>();
    if (changes.isEmpty()) {
      return again;
    }
    Map<String, Optional<Failure>> answers = target.alterGroupConfigs(changes);
    changes.forEach(
        (group, configs) -> {
          Optional<Failure> failure = answers.getOrDefault(group, Optional.empty());
          if (failure.isEmpty()) {
            changed(group, configs);
          } else if (configs.size() > 1 && failure.get().refusal() != Refusal.DENIED) {
            again.put(group, configs);
          } else {
            notes
                .computeIfAbsent(group, any -> new ArrayList<>())
                .add(
                    "%s: %s"
                        .formatted(
                            String.join(", ", new TreeMap<>(configs).keySet()),
                            failure.get().message()));
          }
        });
    return again;
  }
}
