package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.progress.GroupLedgerCodec;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads and saves the ledgers of groups. Without a store they are kept in memory by the caller
 * only. Confined to the thread of syncs.
 */
final class GroupLedgers {
  private static final Logger LOG = LoggerFactory.getLogger(GroupLedgers.class);

  private final String link;
  private final Supplier<Collection<GroupChunk>> found;
  private final Optional<GroupLedgerStore> store;

  /** The number of stored chunks of each group. */
  private final Map<String, Integer> chunks = new HashMap<>();

  /** Ledgers in a store, if there is one. */
  GroupLedgers(String link, Optional<GroupLedgerStore> store) {
    this(link, () -> store.map(GroupLedgerStore::takeGroups).orElse(List.of()), store);
  }

  /**
   * Ledgers of which these are stored.
   *
   * @param store for those that change
   */
  GroupLedgers(
      String link, Supplier<Collection<GroupChunk>> found, Optional<GroupLedgerStore> store) {
    this.link = link;
    this.found = found;
    this.store = store;
  }

  /** Returns what is stored; a ledger that can't be read is left out, as if there were none. */
  Map<String, GroupLedger> load() {
    Map<String, List<GroupChunk>> stored = new HashMap<>();
    for (GroupChunk chunk : found.get()) {
      stored.computeIfAbsent(chunk.group(), any -> new ArrayList<>(1)).add(chunk);
    }
    Map<String, GroupLedger> ledgers = new HashMap<>();
    Map<TopicPartition, TopicPartition> same = new HashMap<>();
    UnaryOperator<TopicPartition> shared =
        partition -> same.computeIfAbsent(partition, first -> first);
    stored.forEach(
        (group, all) -> {
          chunks.put(group, all.stream().mapToInt(GroupChunk::number).max().orElse(0) + 1);
          try {
            ledgers.put(group, GroupLedgerCodec.decode(all, shared));
          } catch (LinkFailedException e) {
            LOG.warn(
                "link {}: what was written of group {} is not known any more, it is moved only forward: {}",
                link,
                group,
                e.getMessage());
          }
        });
    return ledgers;
  }

  /**
   * Saves these ledgers, and returns when they are stored.
   *
   * @param changed by group; empty for one that is to be removed
   * @throws RetriableException if they may not be stored; nothing must be written to the groups
   */
  void save(Map<String, Optional<GroupLedger>> changed) {
    if (store.isEmpty() || changed.isEmpty()) {
      return;
    }
    List<GroupChunk> all = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    changed.forEach(
        (group, ledger) -> {
          List<GroupChunk> now =
              ledger.map(it -> GroupLedgerCodec.encode(group, it)).orElse(List.of());
          all.addAll(now);
          for (int number = now.size(); number < chunks.getOrDefault(group, 0); number++) {
            all.add(GroupChunk.removed(group, number));
          }
          counts.put(group, now.size());
        });
    AwaitedSave.await(store.get().saveGroups(all), "what is written to consumer groups");
    chunks.putAll(counts);
    chunks.values().removeIf(count -> count == 0);
  }
}
