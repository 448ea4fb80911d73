package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.GroupStore.GroupOffsets;
import dev.twinlog.spi.GroupStore.GroupPosition;
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
 * The positions that consumer groups have in a cluster before a link begins to write there. A link
 * that is seeded with them takes them for its own, so that it may replace them. Immutable.
 */
public final class GroupBaseline {
  /** No groups. */
  public static final GroupBaseline NONE = new GroupBaseline(Map.of(), List.of());

  private static final int AT_ONCE = 500;

  private final Map<String, Map<TopicPartition, GroupPosition>> positions;
  private final List<String> unread;

  private GroupBaseline(
      Map<String, Map<TopicPartition, GroupPosition>> positions, List<String> unread) {
    this.positions = positions;
    this.unread = List.copyOf(unread);
  }

  /** Reads the positions of all groups in these partitions; may block. */
  public static GroupBaseline read(GroupStore groups, Set<TopicPartition> partitions) {
    GroupStore.Listing listed = groups.listGroups();
    GroupStore typed = TypedGroups.of(groups, new HashSet<>(listed.shareGroups()));
    List<String> ids = new ArrayList<>(listed.groups());
    ids.addAll(listed.shareGroups());
    List<String> unread = new ArrayList<>();
    listed.limitedBy().ifPresent(unread::add);
    Map<String, Map<TopicPartition, GroupPosition>> all = new TreeMap<>();
    for (int from = 0; from < ids.size(); from += AT_ONCE) {
      List<String> some = ids.subList(from, Math.min(ids.size(), from + AT_ONCE));
      typed
          .groupOffsets(some)
          .forEach((group, found) -> add(group, found, partitions, all, unread));
    }
    return new GroupBaseline(all, unread);
  }

  private static void add(
      String group,
      GroupOffsets found,
      Set<TopicPartition> partitions,
      Map<String, Map<TopicPartition, GroupPosition>> all,
      List<String> unread) {
    found
        .failure()
        .ifPresent(failure -> unread.add("group %s: %s".formatted(group, failure.message())));
    Map<TopicPartition, GroupPosition> own = new HashMap<>(found.positions());
    own.keySet().retainAll(partitions);
    if (!own.isEmpty()) {
      all.put(group, own);
    }
  }

  /** The positions by group; groups without any are left out. */
  public Map<String, Map<TopicPartition, GroupPosition>> positions() {
    return positions;
  }

  /** Why there may be groups that are not here, in sentences; empty if there are none. */
  public List<String> unread() {
    return unread;
  }

  /**
   * Saves these positions as those of the link, and nothing else.
   *
   * @param before what is stored
   */
  public void save(String link, Collection<GroupChunk> before, GroupLedgerStore store) {
    GroupLedgers ledgers = new GroupLedgers(link, () -> before, Optional.of(store));
    Map<String, Optional<GroupLedger>> changed = new TreeMap<>();
    ledgers.load().keySet().forEach(group -> changed.put(group, Optional.empty()));
    before.forEach(chunk -> changed.put(chunk.group(), Optional.empty()));
    positions.forEach((group, of) -> changed.put(group, Optional.of(ledger(of))));
    List<Map.Entry<String, Optional<GroupLedger>>> all = new ArrayList<>(changed.entrySet());
    for (int from = 0; from < all.size(); from += AT_ONCE) {
      Map<String, Optional<GroupLedger>> some = new TreeMap<>();
      all.subList(from, Math.min(all.size(), from + AT_ONCE))
          .forEach(each -> some.put(each.getKey(), each.getValue()));
      ledgers.save(some);
    }
  }

  private static GroupLedger ledger(Map<TopicPartition, GroupPosition> positions) {
    Map<TopicPartition, Commit> commits = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            commits.put(partition, Commit.written(position.offset(), position.metadata())));
    return new GroupLedger(Map.of(), commits);
  }
}
