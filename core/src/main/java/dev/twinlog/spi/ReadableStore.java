package dev.twinlog.spi;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The ability of a {@link ProgressStore} to be read without taking the link over: for a dry run,
 * which must not disturb the link's owner.
 *
 * <p>Errors and blocking as {@link ProgressStore#load}.
 */
public interface ReadableStore extends ProgressStore {

  /** Whether anything was ever saved; takes no ownership. */
  boolean exists();

  /** Returns what is saved now, and takes no ownership. */
  Saved read();

  /**
   * What a store has saved of a link.
   *
   * @param progress by source partition
   * @param chunks of the offset map, see {@link OffsetMapStore}
   * @param groups see {@link GroupLedgerStore}
   * @param entries see {@link EntryStore}
   */
  record Saved(
      Map<SourcePartition, Progress> progress,
      Collection<MapChunk> chunks,
      Collection<GroupChunk> groups,
      Collection<StoredEntry> entries) {
    public Saved {
      progress = Map.copyOf(progress);
      chunks = List.copyOf(chunks);
      groups = List.copyOf(groups);
      entries = List.copyOf(entries);
    }
  }
}
