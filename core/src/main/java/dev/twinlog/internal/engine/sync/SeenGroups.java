package dev.twinlog.internal.engine.sync;

import dev.twinlog.GroupSync;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.GroupDetails;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * The consumer groups of the source that a link keeps in step, as they are now. Immutable.
 *
 * @param positions in the partitions of the link, by group; those without one are left out
 * @param shareGroups those of them that are share groups
 * @param members of those that have some
 * @param unknown why the source does not show a group
 */
public record SeenGroups(
    Map<String, Map<TopicPartition, Long>> positions,
    Set<String> shareGroups,
    Map<String, Integer> members,
    Map<String, String> unknown) {

  /**
   * Asks the source; calls.
   *
   * @param copied the partitions of the link
   */
  public static SeenGroups of(
      GroupStore source, GroupSync settings, Predicate<TopicPartition> copied) {
    GroupStore.Listing listing = source.listGroups();
    Set<String> shares =
        settings.includesShareGroups() ? new HashSet<>(listing.shareGroups()) : Set.of();
    GroupStore typed = TypedGroups.of(source, shares);
    Set<String> ids = new HashSet<>(listing.groups());
    ids.addAll(shares);
    ids.removeIf(id -> !settings.selects(id));
    Map<String, Map<TopicPartition, Long>> positions = new TreeMap<>();
    Map<String, String> unknown = new TreeMap<>();
    if (!ids.isEmpty()) {
      typed.groupOffsets(ids).forEach((id, found) -> add(id, found, copied, positions, unknown));
    }
    return new SeenGroups(
        positions, Set.copyOf(shares), members(typed, positions.keySet(), unknown), unknown);
  }

  private static void add(
      String id,
      GroupOffsets found,
      Predicate<TopicPartition> copied,
      Map<String, Map<TopicPartition, Long>> positions,
      Map<String, String> unknown) {
    Map<TopicPartition, Long> own = new HashMap<>();
    found
        .positions()
        .forEach(
            (partition, position) -> {
              if (copied.test(partition)) {
                own.put(partition, position.offset());
              }
            });
    if (!own.isEmpty()) {
      positions.put(id, own);
    }
    found.failure().ifPresent(why -> unknown.put(id, why.message()));
  }

  private static Map<String, Integer> members(
      GroupStore source, Collection<String> ids, Map<String, String> unknown) {
    Map<String, Integer> members = new TreeMap<>();
    Map<String, GroupDetails> details = ids.isEmpty() ? Map.of() : source.describeGroups(ids);
    details.forEach(
        (id, found) -> {
          found.failure().ifPresent(why -> unknown.put(id, why.message()));
          if (found.members() > 0) {
            members.put(id, found.members());
          }
        });
    return members;
  }
}
