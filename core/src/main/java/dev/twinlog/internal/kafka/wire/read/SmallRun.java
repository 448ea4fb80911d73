package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Coalescer;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Small batches that arrived together, next to each other, and so may travel on as one. A batch
 * costs the engine and the target about the same whatever its size, some microseconds, which is
 * what opening a small one costs; and the target takes one batch per partition and request, so that
 * small ones can't fill a long link.
 *
 * <p>Reusable; confined to one thread.
 */
final class SmallRun {
  /** From this size on a batch is cheaper to pass than to open. */
  static final int SMALL = 4 * 1024;

  /** Fewer are passed one by one: they show that the partition is not behind. */
  static final int LEAST = 4;

  /** Where a merged batch is large enough. */
  static final int ENOUGH_BYTES = 128 * 1024;

  /**
   * The same of what it has in memory while it is built, since batches that compress well are small
   * only on their way.
   */
  static final int ENOUGH_PLAIN_BYTES = 1024 * 1024;

  /** From this size on, uncompressed, a batch is cheaper to pass than to compress anew. */
  static final int SMALL_PLAIN_BYTES = 64 * 1024;

  private final List<ByteBuffer> batches = new ArrayList<>();
  private final Map<Compression, Coalescer> coalescers = new HashMap<>();
  private final Set<Codec> unusable = EnumSet.noneOf(Codec.class);
  private int bytes;

  /** Whether a batch could be one of a run. */
  boolean isSmall(ByteBuffer batch) {
    return batch.remaining() <= SMALL
        && Coalescer.mergeable(batch)
        && (unusable.isEmpty() || !unusable.contains(Compression.ofBatch(batch).codec()));
  }

  /** Takes no more batches of this one's codec, whose library can't be used here. */
  void cannotOpen(ByteBuffer batch) {
    unusable.add(Compression.ofBatch(batch).codec());
  }

  /** Whether a small batch continues the run. */
  boolean takes(ByteBuffer batch) {
    return batches.isEmpty()
        || (bytes + batch.remaining() <= ENOUGH_BYTES
            && Coalescer.mergeable(batches.get(batches.size() - 1), batch));
  }

  void add(ByteBuffer batch) {
    batches.add(batch);
    bytes += batch.remaining() - BatchHeader.SIZE;
  }

  boolean isEmpty() {
    return batches.isEmpty();
  }

  boolean isWorthwhile() {
    return batches.size() >= LEAST;
  }

  List<ByteBuffer> batches() {
    return batches;
  }

  /** An empty coalescer for these batches. */
  Coalescer coalescer() {
    Coalescer coalescer =
        coalescers.computeIfAbsent(Compression.ofBatch(batches.get(0)), Coalescer::new);
    coalescer.reset();
    return coalescer;
  }

  void clear() {
    batches.clear();
    bytes = 0;
  }
}
