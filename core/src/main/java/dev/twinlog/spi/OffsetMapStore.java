package dev.twinlog.spi;

import java.util.Collection;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to keep the offset map beside the progress, so that every
 * offset can be translated over restarts. With a store that lacks it the map lives in memory only,
 * and begins anew at each start.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link ProgressStore}.
 */
public interface OffsetMapStore extends ProgressStore {

  /**
   * Gives away the chunks that the last {@link #load} found, in any order. They may be many
   * megabytes; the store need not keep them, so that they are asked for once after each load.
   */
  Collection<MapChunk> takeChunks();

  /**
   * Saves progress and chunks, all of it or nothing: a reader that finds this progress finds the
   * chunks, too.
   *
   * @param changed as in {@link ProgressStore#save}
   * @param chunks those that changed; one that is {@linkplain MapChunk#isRemoved removed} is gone
   *     afterwards
   */
  CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks);
}
