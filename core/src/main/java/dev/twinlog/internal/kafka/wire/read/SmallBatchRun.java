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
 * Consecutive small batches that arrived together and may be merged. A batch costs the engine and
 * the target some microseconds independent of its size, about as much as decoding a small one; and
 * the target takes one batch per partition and request, so that small ones can't fill a distant
 * connection.
 *
 * <p>Reusable; confined to one thread.
 */
final class SmallBatchRun {
  /** The size above which a batch is cheaper to pass on than to decode. */
  static final int SMALL = 4 * 1024;

  /** Fewer batches are passed on one by one: they show that the partition is not behind. */
  static final int LEAST = 4;

  /** The size at which a merged batch is large enough. */
  static final int ENOUGH_BYTES = 128 * 1024;

  /**
   * The same for its uncompressed size, which it takes in memory while it is built: batches that
   * compress well are small only in compressed form.
   */
  static final int ENOUGH_PLAIN_BYTES = 1024 * 1024;

  /** The uncompressed size above which a batch is cheaper to pass on than to compress again. */
  static final int SMALL_PLAIN_BYTES = 64 * 1024;

  private final List<ByteBuffer> batches = new ArrayList<>();
  private final Map<Compression, Coalescer> coalescers = new HashMap<>();
  private final Set<Codec> unusableCodecs = EnumSet.noneOf(Codec.class);
  private int bytes;

  /** Whether a batch could be one of a run. */
  boolean isSmall(ByteBuffer batch) {
    return batch.remaining() <= SMALL
        && Coalescer.mergeable(batch)
        && (unusableCodecs.isEmpty()
            || !unusableCodecs.contains(Compression.ofBatch(batch).codec()));
  }

  /** Excludes this batch's codec, whose library can't be used here. */
  void excludeCodec(ByteBuffer batch) {
    unusableCodecs.add(Compression.ofBatch(batch).codec());
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

  /** Returns an empty coalescer for these batches. */
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
