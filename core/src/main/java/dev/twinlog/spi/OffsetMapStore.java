package dev.twinlog.spi;

import java.util.Collection;
import java.util.concurrent.CompletionStage;

/**
 * The ability of a {@link ProgressStore} to keep the offset map beside the progress, so that every
 * offset can be translated over restarts. With any other store the map is in memory only, and empty
 * after each start.
 *
 * <p>Threading, errors, lifecycle and blocking as {@link ProgressStore}.
 */
public interface OffsetMapStore extends ProgressStore {

  /**
   * Returns the chunks that the last {@link #load} found, in any order. They may be many megabytes,
   * and the store need not keep them: called once after each load.
   */
  Collection<MapChunk> takeChunks();

  /**
   * Saves progress and chunks, all of it or nothing: a reader that finds this progress also finds
   * the chunks.
   *
   * @param changed as in {@link ProgressStore#save}
   * @param chunks those that changed; one that is {@linkplain MapChunk#isRemoved removed} no longer
   *     exists afterwards
   */
  CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks);
}
