package dev.twinlog.internal.offsets;

import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Tracks which chunks of a route's map have changed since they were last taken to be stored.
 * Guarded by the map's lock.
 */
final class ChangedChunks {
  /** Every block before this one was taken. */
  private long taken;

  private boolean open = true;
  private boolean coarse;
  private final TreeSet<Long> removed = new TreeSet<>();

  /** Nothing was taken yet. */
  static ChangedChunks all() {
    return new ChangedChunks();
  }

  /** The map was loaded from the store; the blocks before {@code block} are in full chunks. */
  static ChangedChunks loaded(long block) {
    ChangedChunks changes = new ChangedChunks();
    changes.taken = block;
    changes.open = false;
    return changes;
  }

  /** The stored chunks are lost, so all of them have to be taken again. */
  void lost(Blocks.Range range) {
    open = true;
    coarse = range.coarse() > 0;
    taken = range.first();
    removed.clear();
  }

  /** The map has changed, so the open chunk has to be stored again. */
  void open() {
    open = true;
  }

  /** Blocks were removed at either end, or made coarse. */
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
  List<MapChunk> take(Route route, MapState state, long targetEnd, long checkpoint) {
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
    chunks.add(MapCodec.open(route, state, targetEnd, checkpoint));
    open = false;
    return chunks;
  }
}
