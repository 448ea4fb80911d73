package dev.twinlog.spi;

/**
 * The ability of an {@link OffsetMapStore} to detect that its saved data was lost. It saves the
 * progress again by itself; it does not keep the chunks of the offset map, and requests them.
 *
 * <p>Threading as {@link OffsetMapStore}; never throws, never blocks.
 */
public interface RestorableMapStore extends OffsetMapStore {

  /**
   * Whether saved chunks were lost since the last call. Then all of them must be part of the next
   * save.
   */
  boolean takeChunksLost();
}
