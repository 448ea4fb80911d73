package dev.twinlog.spi;

import java.util.Collection;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to remember small entries of the engine: that the link was
 * moved to the target, for instance, and when it last heard of the source. With any other store a
 * link can't be failed over.
 *
 * <p>Errors and blocking as {@link ProgressStore#save}; another thread may call both methods while
 * a save is in progress.
 */
public interface EntryStore extends ProgressStore {

  /**
   * Returns the entries that the last {@link #load} found, in any order. The store need not keep
   * them: called once after each load.
   */
  Collection<StoredEntry> takeEntries();

  /**
   * Saves entries, all of them or none; one that is {@linkplain StoredEntry#isRemoved removed} no
   * longer exists afterwards. It fails if this instance no longer owns the link.
   */
  CompletionStage<Void> saveEntries(Collection<StoredEntry> changed);
}
