package dev.twinlog.internal.control;

import dev.twinlog.spi.GroupConfigStore.GroupConfigs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The changes that keep the configs of a share group in the target in step with those that it has
 * in the source. What the target doesn't know is left out. A config that only the target's group
 * has is removed if the link has set it, with this value; else it is kept.
 *
 * @param changes by config: the value to set, or empty to remove it from the group
 * @param notes what is not, or can't be made, the same as in the source
 */
public record GroupConfigPlan(Map<String, Optional<String>> changes, List<String> notes) {
  public GroupConfigPlan {
    changes = Map.copyOf(changes);
    notes = List.copyOf(notes);
  }

  /**
   * Compares a share group with itself in the target.
   *
   * @param copied what the link has set in the target, by config
   */
  public static GroupConfigPlan of(
      GroupConfigs source, GroupConfigs target, Map<String, String> copied) {
    if (source.failure().isPresent() || target.failure().isPresent()) {
      String why = source.failure().or(target::failure).orElseThrow().message();
      return new GroupConfigPlan(Map.of(), List.of(why));
    }
    Map<String, Optional<String>> changes = new TreeMap<>();
    List<String> notes = new ArrayList<>();
    new TreeMap<>(source.own())
        .forEach(
            (name, value) -> {
              if (!target.known().contains(name)) {
                notes.add("the target does not know %s=%s".formatted(name, value));
              } else if (!value.equals(target.own().get(name))) {
                changes.put(name, Optional.of(value));
              }
            });
    copied.forEach(
        (name, value) -> {
          if (!source.own().containsKey(name) && value.equals(target.own().get(name))) {
            changes.put(name, Optional.empty());
          }
        });
    return new GroupConfigPlan(changes, notes);
  }
}
