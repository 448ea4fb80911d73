package dev.twinlog.internal.engine.ownership;

import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReplicationException;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Claims shards of a link for this instance, and takes them back. No shard is claimed twice at a
 * time; a shard that comes back is a new claim, with what the store says by then.
 *
 * <p>What an ownership promises: while a claim is held no other instance saves progress of its
 * shards, and the store refuses every save of a shard that this instance doesn't own any more, also
 * one that was under way when the shard was given back or lost.
 *
 * <p><b>Threading.</b> Called on the link's control thread, and calls the {@link Listener} there
 * only. {@link #close} may be called on another thread, as the last method.
 *
 * <p><b>Blocking.</b> Only {@link #join} and {@link #close} may block.
 */
public interface Ownership extends AutoCloseable {

  /** Receives claims; on the link's control thread. */
  interface Listener {
    /** These shards belong to this instance from now on. */
    void claimed(Claim claim);

    /**
     * The shards are to be given back: what was read is written, the progress is saved as closed
     * cleanly, and then {@link Ownership#released} is called. That takes a few seconds at most;
     * what isn't written by then is found in the target by the next owner.
     */
    void revoked(Claim claim);

    /**
     * The shards belong to another instance, perhaps since a while ago: everything about them is
     * dropped at once, and nothing is saved.
     */
    void lost(Claim claim);
  }

  /**
   * Becomes an owner, or one of the owners, of the link. Called again after a failure, until it
   * succeeds.
   *
   * @param store the link's store, open
   * @param offsetMap the store again, if it also keeps the offset map
   * @throws ReplicationException if it failed; the type says whether to retry
   */
  void join(ProgressStore store, Optional<OffsetMapStore> offsetMap);

  /**
   * The link is connected: claims go to this listener from now on.
   *
   * @param control runs tasks on the control thread
   */
  void begin(Listener listener, Executor control);

  /** Nothing of a revoked claim is open any more, and nothing of it will be saved. */
  void released(Claim claim);

  /** The link has ended: nothing is claimed any more. Called before the store is closed. */
  @Override
  void close();
}
