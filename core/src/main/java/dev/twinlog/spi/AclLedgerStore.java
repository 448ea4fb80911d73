package dev.twinlog.spi;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to remember which ACLs the link has created in the target,
 * so that after a restart it still deletes them when their source is gone. With any other store
 * that is in memory only, and what an earlier run has created is never deleted.
 *
 * <p>Errors and blocking as {@link ProgressStore#save}; another thread may call both methods while
 * a save is in progress.
 */
public interface AclLedgerStore extends ProgressStore {

  /**
   * Returns what the last {@link #load} found: by entry of the target, that of the source for which
   * it was created. The store need not keep it: called once after each load.
   */
  Map<AclEntry, AclEntry> takeAcls();

  /**
   * Saves changes, all of them or none: the entry of the source for which one of the target was
   * created, or empty if that is no longer the link's. It fails if this instance no longer owns the
   * link.
   */
  CompletionStage<Void> saveAcls(Map<AclEntry, Optional<AclEntry>> changed);
}
