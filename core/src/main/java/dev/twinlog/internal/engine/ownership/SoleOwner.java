package dev.twinlog.internal.engine.ownership;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.SourcePartition;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The ownership of a whole link by one instance: one claim of everything, which begins with {@link
 * ProgressStore#load} and ends with the link. An instance that takes the link over makes the saves
 * of this one fail, which ends the link.
 */
public final class SoleOwner implements Ownership {
  private final LinkTime time;
  private @Nullable Claim claim;

  public SoleOwner(LinkTime time) {
    this.time = time;
  }

  @Override
  public void join(ProgressStore store, Optional<OffsetMapStore> offsetMap) {
    OwnerLease lease = new OwnerLease(time);
    OwnerLease.Moment asked = lease.now();
    Map<SourcePartition, Progress> saved = store.load();
    lease.takenOver(asked);
    OffsetMaps maps =
        offsetMap
            .map(it -> OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, it.takeChunks()))
            .orElseGet(() -> new OffsetMaps(OffsetMaps.DEFAULT_BYTES));
    claim = new Claim(Shards.ONE, Set.of(0), lease, new Claim.Loaded(saved, maps, saved.isEmpty()));
  }

  @Override
  public void begin(Listener listener, Executor control) {
    if (claim == null) {
      throw new IllegalStateException("not joined");
    }
    listener.claimed(claim);
  }

  @Override
  public void released(Claim given) {
    throw new IllegalStateException("nothing was revoked");
  }

  @Override
  public void close() {}
}
