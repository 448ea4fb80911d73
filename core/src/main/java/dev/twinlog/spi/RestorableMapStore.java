package dev.twinlog.spi;

/**
 * The ability of an {@link OffsetMapStore} to notice that what it had saved is gone. It saves the
 * progress again by itself; the chunks of the offset map it does not keep, and asks for them.
 *
 * <p>Threading as {@link OffsetMapStore}; never throws, never blocks.
 */
public interface RestorableMapStore extends OffsetMapStore {

  /**
   * Whether chunks that were saved are gone since this was last asked. Then all of them have to be
   * part of the next save.
   */
  boolean takeChunksLost();
}
