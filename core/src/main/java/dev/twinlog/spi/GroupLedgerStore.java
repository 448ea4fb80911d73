package dev.twinlog.spi;

import java.util.Collection;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to remember which positions of consumer groups the link
 * has written, so that after a restart it still knows them from those of others. With any other
 * store that is in memory only: after each start the link moves groups only forward.
 *
 * <p>Errors and blocking as {@link ProgressStore#save}; another thread may call both methods while
 * a save is in progress.
 */
public interface GroupLedgerStore extends ProgressStore {

  /**
   * Returns the chunks that the last {@link #load} found, in any order. The store need not keep
   * them: called once after each load.
   */
  Collection<GroupChunk> takeGroups();

  /**
   * Saves chunks, all of them or none; one that is {@linkplain GroupChunk#isRemoved removed} no
   * longer exists afterwards. It fails if this instance no longer owns the link.
   */
  CompletionStage<Void> saveGroups(Collection<GroupChunk> changed);
}
