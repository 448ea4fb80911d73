package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.GroupConfigPlan;
import dev.twinlog.internal.engine.sync.CopiedConfigs.Outcome;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
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

  private final CopiedConfigs copied;

  /** A share group on both sides, and what would make its configs the same. */
  record Compared(GroupConfigs source, GroupConfigs target, GroupConfigPlan plan) {}

  ShareGroupConfigs(GroupConfigStore source, GroupConfigStore target, CopiedConfigs copied) {
    this.copied = copied;
    this.source = source;
    this.target = target;
  }

  /** Those of a link, if both sides have them. */
  static Optional<ShareGroupConfigs> of(
      GroupStore source, GroupStore target, CopiedConfigs copied) {
    return source instanceof GroupConfigStore from && target instanceof GroupConfigStore into
        ? Optional.of(new ShareGroupConfigs(from, into, copied))
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
        GroupConfigPlan plan = GroupConfigPlan.of(from, into, copied.of(Kind.SHARE_GROUP, group));
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
    forgetOthers(compared);
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
    alterAll(changes, notes);
    return named("its configs are not the same", notes);
  }

  /** Changes all of a group at once, and what is refused one by one. */
  private void alterAll(
      Map<String, Map<String, Optional<String>>> changes, Map<String, List<String>> notes) {
    alter(changes, notes)
        .forEach(
            (group, all) ->
                new TreeMap<>(all)
                    .forEach((name, value) -> alter(Map.of(group, Map.of(name, value)), notes)));
  }

  private static Map<String, String> named(String what, Map<String, List<String>> notes) {
    Map<String, String> named = new HashMap<>();
    notes.forEach(
        (group, all) -> {
          if (!all.isEmpty()) {
            named.put(group, what + ": " + String.join("; ", all));
          }
        });
    return named;
  }

  /**
   * Removes from groups that were deleted what the link has set, as far as it is still there.
   *
   * @return what could not be removed, by group
   */
  Map<String, String> remove(Collection<String> groups) {
    List<String> set =
        groups.stream().filter(group -> !copied.of(Kind.SHARE_GROUP, group).isEmpty()).toList();
    if (set.isEmpty()) {
      return Map.of();
    }
    Map<String, List<String>> notes = new HashMap<>();
    Map<String, Map<String, Optional<String>>> changes = new HashMap<>();
    target
        .groupConfigs(set)
        .forEach(
            (group, now) -> {
              now.failure()
                  .ifPresent(why -> notes.put(group, new ArrayList<>(List.of(why.message()))));
              Map<String, Optional<String>> ours = new TreeMap<>();
              copied
                  .of(Kind.SHARE_GROUP, group)
                  .forEach(
                      (name, value) -> {
                        if (value.equals(now.own().get(name))) {
                          ours.put(name, Optional.empty());
                        }
                      });
              if (!ours.isEmpty()) {
                changes.put(group, ours);
              }
            });
    alterAll(changes, notes);
    return named("it is deleted, but configs of it are left", notes);
  }

  /** Forgets groups. */
  void forget(Collection<String> groups) {
    Map<String, Map<String, String>> nothing = new HashMap<>();
    groups.forEach(group -> nothing.put(group, Map.of()));
    copied.replace(Kind.SHARE_GROUP, nothing);
  }

  /** What others have set since is not the link's any more. */
  private void forgetOthers(Map<String, Compared> compared) {
    Map<String, Map<String, String>> rest = new HashMap<>();
    compared.forEach(
        (group, both) -> {
          if (both.source().failure().or(both.target()::failure).isEmpty()) {
            Map<String, String> ours = new HashMap<>(copied.of(Kind.SHARE_GROUP, group));
            ours.entrySet()
                .removeIf(
                    one ->
                        !both.source().own().containsKey(one.getKey())
                            && !one.getValue().equals(both.target().own().get(one.getKey())));
            rest.put(group, ours);
          }
        });
    copied.replace(Kind.SHARE_GROUP, rest);
  }

  /** Changes configs, and returns the changes that are to be tried one by one. */
  private Map<String, Map<String, Optional<String>>> alter(
      Map<String, Map<String, Optional<String>>> changes, Map<String, List<String>> notes) {
    Map<String, Map<String, Optional<String>>> again = new HashMap<>();
    if (changes.isEmpty()) {
      return again;
    }
    Map<String, Optional<Failure>> answers = new HashMap<>();
    copied.change(
        Kind.SHARE_GROUP,
        changes,
        () -> {
          answers.putAll(target.alterGroupConfigs(changes));
          return outcomes(answers);
        });
    changes.forEach(
        (group, configs) -> {
          Optional<Failure> failure = answers.getOrDefault(group, Optional.empty());
          if (failure.isEmpty()) {
            return;
          }
          if (configs.size() > 1 && failure.get().refusal() != Refusal.DENIED) {
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

  private static Map<String, Outcome> outcomes(Map<String, Optional<Failure>> answers) {
    Map<String, Outcome> outcomes = new HashMap<>();
    answers.forEach(
        (group, failure) ->
            outcomes.put(
                group,
                failure
                    .map(why -> why.refusal() == Refusal.DENIED ? Outcome.REFUSED : Outcome.UNKNOWN)
                    .orElse(Outcome.MADE)));
    return outcomes;
  }
}
