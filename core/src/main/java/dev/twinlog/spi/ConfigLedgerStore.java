package dev.twinlog.spi;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to remember which configs the link has set in the target,
 * so that after a restart it still removes those that the source has removed meanwhile. With any
 * other store that is in memory only, and what an earlier run has set is kept.
 *
 * <p>Errors and blocking as {@link ProgressStore#save}; another thread may call both methods while
 * a save is in progress.
 */
public interface ConfigLedgerStore extends ProgressStore {

  /**
   * Returns what the last {@link #load} found: the values that the link has set, by config. The
   * store need not keep it: called once after each load.
   */
  Map<Resource, Map<String, String>> takeConfigs();

  /**
   * Saves changes, all of them or none: all values that the link has set on a resource, by config;
   * none if it has nothing of the link any more. It fails if this instance no longer owns the link.
   */
  CompletionStage<Void> saveConfigs(Map<Resource, Map<String, String>> changed);

  /** What has configs. */
  enum Kind {
    /** A topic of the target. */
    TOPIC,
    /** A share group. */
    SHARE_GROUP
  }

  /** A topic or a share group of the target. */
  record Resource(Kind kind, String name) {
    public Resource {
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(name, "name");
    }
  }
}
