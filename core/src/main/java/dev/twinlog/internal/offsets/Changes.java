package dev.twinlog.internal.offsets;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Which chunks of a route's map differ from what was given away to be stored. Guarded by the map's
 * lock.
 */
final class Changes {
  /** Every block before this one was given away. */
  private long taken;

  private boolean open = true;
  private boolean coarse;
  private final TreeSet<Long> removed = new TreeSet<>();

  /** Nothing was given away yet. */
  static Changes all() {
    return new Changes();
  }

  /** All of it was loaded from the store, with all blocks in full chunks before {@code block}. */
  static Changes loaded(long block) {
    Changes changes = new Changes();
    changes.taken = block;
    changes.open = false;
    return changes;
  }

  /** Nothing of what was given away is stored any more. */
  void lost(Blocks.Range range) {
    open = true;
    coarse = range.coarse() > 0;
    taken = range.first();
    removed.clear();
  }

  /** Anything has changed. */
  void open() {
    open = true;
  }

  /** Blocks were taken away at either end, or made coarse. */
  void shortened(Blocks.Range before, Blocks.Range after) {
    open = true;
    coarse |= before.coarse() > 0 || after.coarse() > 0;
    long full = after.next() / Blocks.CHUNK * Blocks.CHUNK;
    for (long block = before.first(); block < taken; block += Blocks.CHUNK) {
      if (block < after.first() || block >= full) {
        removed.add(MapCodec.chunkOf(block));
      }
    }
    taken = Math.min(Math.max(taken, after.first()), full);
  }

  /** The chunks that have changed since the last call. */
  List<MapChunk> take(Route route, MapState state, long targetEnd, long cut) {
    if (!open) {
      return List.of();
    }
    List<MapChunk> chunks = new ArrayList<>();
    long full = state.blocks().range().next() / Blocks.CHUNK * Blocks.CHUNK;
    for (; taken < full; taken += Blocks.CHUNK) {
      chunks.add(MapCodec.body(route, state, taken));
      removed.remove(MapCodec.chunkOf(taken));
    }
    removed.forEach(chunk -> chunks.add(MapChunk.removed(route, chunk)));
    removed.clear();
    if (coarse) {
      chunks.add(MapCodec.coarse(route, state));
      coarse = false;
    }
    chunks.add(MapCodec.open(route, state, targetEnd, cut));
    open = false;
    return chunks;
  }
}
