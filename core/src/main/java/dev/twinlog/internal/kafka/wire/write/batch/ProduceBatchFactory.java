package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSeal;
import dev.twinlog.internal.batch.Coalescer;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.CodecUnusableException;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates produce batches from the writes of a route. Most batches pass with their bytes unchanged.
 * Others are rebuilt: decoded ones, those that the target would refuse as they are, and small ones,
 * which are merged when more of them wait than can be in flight.
 *
 * <p>No damaged batch is re-encoded: decoding checks its CRC-32C first. A batch that need not be
 * decoded, and can't be, passes unchanged.
 *
 * <p>Confined to the writer thread.
 */
public final class ProduceBatchFactory {
  private static final Logger LOG = LoggerFactory.getLogger(ProduceBatchFactory.class);

  private final TargetTopics topics;
  private final BatchRebuilder rebuilder;
  private final CompressionPolicy compressionPolicy;
  private final WriterSettings settings;
  private final Clock clock;
  private final Map<Compression, Coalescer> coalescers = new HashMap<>();

  /** Codecs that can't be decompressed here; their batches are not merged. */
  private final Set<Codec> unusable = EnumSet.noneOf(Codec.class);

  private final BatchSeal checksum = new BatchSeal();
  private boolean warnedUndecodable;

  public ProduceBatchFactory(
      TargetTopics topics,
      RecordCheck check,
      CompressionPolicy compressionPolicy,
      WriterSettings settings,
      Clock clock) {
    this.topics = topics;
    this.rebuilder = new BatchRebuilder(topics, check, compressionPolicy, clock);
    this.compressionPolicy = compressionPolicy;
    this.settings = settings;
    this.clock = clock;
  }

  /** Batches being created: for which route, with which limits and sizes, into which list. */
  private record Work(
      Route route, TopicLimits limits, MergeSizes sizes, List<ProduceBatch> batches) {}

  /**
   * Creates batches from the first waiting write, and from those behind it that are merged with it.
   *
   * @param waiting writes, of which the taken ones are removed
   * @param places how many more batches of the route could be in flight
   * @param roundTripNanos see {@link MergeSizes}
   * @param alone whether the route has one batch in flight at a time
   * @return none if there was nothing in it to write
   */
  public List<ProduceBatch> open(
      Route route, Deque<PendingWrite> waiting, int places, long roundTripNanos, boolean alone) {
    TopicLimits limits = topics.limits(route.target().topic());
    MergeSizes sizes =
        MergeSizes.of(roundTripNanos, limits.maxBatchBytes(), settings.budgetBytes(), alone);
    Work work = new Work(route, limits, sizes, new ArrayList<>(1));
    // at least one batch may be sent, and one write is taken for it
    boolean moreThanFree = waiting.size() > places;
    PendingWrite first = waiting.remove();
    try {
      if (first.records() > 0) {
        open(work, first, moreThanFree ? waiting : new ArrayDeque<>(0));
      }
    } catch (PartitionFailedException e) {
      work.batches.add(
          ProduceBatch.refusal(
              List.of(WriteSlice.all(first)), WriteErrors.unreadable(route, first, e)));
    }
    return work.batches;
  }

  private void open(Work work, PendingWrite first, Deque<PendingWrite> more) {
    ByteBuffer encoded = first.encoded();
    BatchHandling slow = whyDecoded(work, encoded);
    if (encoded == null || slow != null) {
      Compression compression =
          encoded == null
              ? compressionPolicy.ofTopic(work.route.target().topic())
              : compressionPolicy.ofBatch(encoded);
      if (slow != null) {
        first.handling(slow);
      }
      List<WriteSlice> slices = encoded == null ? withRecords(work, first, more) : one(first);
      build(work, slices, compression);
      return;
    }
    List<PendingWrite> merged = mergeable(work, first, encoded, more);
    if (merged.size() == 1 && !compressionPolicy.recompresses()) {
      work.batches.add(ProduceBatch.of(one(first), encoded));
    } else {
      merge(work, merged, compressionPolicy.ofBatch(encoded));
    }
  }

  private static List<WriteSlice> one(PendingWrite write) {
    return List.of(WriteSlice.all(write));
  }

  /** Returns why an encoded batch must be decoded; null if it need not be, or is not encoded. */
  private @Nullable BatchHandling whyDecoded(Work work, @Nullable ByteBuffer encoded) {
    if (encoded == null) {
      return null;
    }
    if (!BatchHeader.dense(encoded, 0)) {
      return BatchHandling.COMPACTED;
    }
    if (BatchHeader.logAppendTime(encoded, 0)) {
      return BatchHandling.LOG_APPEND_TIME;
    }
    if (encoded.remaining() > work.limits.maxBatchBytes() && !compressionPolicy.recompresses()) {
      return BatchHandling.SPLIT;
    }
    // the decoder also explains what it refuses
    boolean decodes = !Coalescer.mergeable(encoded) || timestampRefused(work, encoded);
    return decodes ? BatchHandling.BISECTED : null;
  }

  /**
   * Whether the header shows that at least one record has a timestamp out of the topic's limits.
   */
  private boolean timestampRefused(Work work, ByteBuffer batch) {
    TopicLimits limits = work.limits;
    if (!limits.keepsTimestamps()) {
      return false;
    }
    long now = clock.millis();
    long greatest = BatchHeader.maxTimestamp(batch, 0);
    boolean horizon = (BatchHeader.attributes(batch, 0) & BatchHeader.DELETE_HORIZON) != 0;
    long first = horizon ? greatest : BatchHeader.baseTimestamp(batch, 0);
    return greatest - now > limits.newestMs() || (first >= 0 && now - first > limits.oldestMs());
  }

  /** Returns the first write and those behind it that are small enough to be merged with it. */
  private List<PendingWrite> mergeable(
      Work work, PendingWrite first, ByteBuffer encoded, Deque<PendingWrite> more) {
    List<PendingWrite> merged = new ArrayList<>(1);
    merged.add(first);
    if (unusable.contains(Compression.ofBatch(encoded).codec())) {
      return merged;
    }
    ByteBuffer last = encoded;
    long size = last.remaining();
    while (last.remaining() < work.sizes.small()) {
      PendingWrite next = more.peek();
      ByteBuffer bytes = next == null ? null : next.encoded();
      if (next == null
          || bytes == null
          || bytes.remaining() >= work.sizes.small()
          || size + bytes.remaining() > work.sizes.full()
          || !Coalescer.mergeable(last, bytes)
          || whyDecoded(work, bytes) != null) {
        break;
      }
      merged.add(more.remove());
      size += bytes.remaining();
      last = bytes;
    }
    return merged;
  }

  /** Merges writes into one batch, or into more where they are large when decompressed. */
  private void merge(Work work, List<PendingWrite> writes, Compression compression) {
    Coalescer coalescer = coalescers.computeIfAbsent(compression, Coalescer::new);
    coalescer.reset();
    List<WriteSlice> slices = new ArrayList<>(writes.size());
    Deque<PendingWrite> left = new ArrayDeque<>(writes);
    while (!left.isEmpty()) {
      PartitionFailedException obstacle = null;
      try {
        coalescer.add(bytes(left.getFirst()));
        slices.add(WriteSlice.all(left.remove()));
      } catch (PartitionFailedException e) {
        obstacle = e;
      }
      boolean ends = left.isEmpty() || obstacle != null;
      if (!slices.isEmpty() && (ends || coalescer.plainSize() >= MergeSizes.MOST_PLAIN)) {
        addMerged(work, coalescer.finish(), List.copyOf(slices), compression);
        slices.clear();
      }
      if (obstacle != null) {
        handleUndecodable(work, left, obstacle);
      }
    }
  }

  private void addMerged(
      Work work, ByteBuffer merged, List<WriteSlice> slices, Compression compression) {
    BatchHandling handling =
        compressionPolicy.recompresses() ? BatchHandling.RECOMPRESSED : BatchHandling.COALESCED;
    slices.forEach(slice -> slice.write().handling(handling));
    if (merged.remaining() > work.limits.maxBatchBytes()) {
      build(work, slices, compression);
    } else {
      work.batches.add(ProduceBatch.of(slices, merged));
    }
  }

  /**
   * Handles writes of which the first can't be decoded; if only that one is taken, the others are
   * merged again.
   */
  private void handleUndecodable(
      Work work, Deque<PendingWrite> writes, PartitionFailedException obstacle) {
    PendingWrite first = writes.getFirst();
    if (!compressionPolicy.recompresses()) {
      addUnmerged(work, writes, obstacle);
    } else if (obstacle instanceof CodecUnusableException || !isIntact(first)) {
      PartitionFailedException cause = WriteErrors.unreadable(work.route, first, obstacle);
      work.batches.add(ProduceBatch.refusal(writes.stream().map(WriteSlice::all).toList(), cause));
      writes.clear();
    } else {
      if (!warnedUndecodable) {
        warnedUndecodable = true;
        LOG.warn(
            "a batch that can't be decoded is written unchanged, not recompressed; so are others like"
                + " it: {}",
            obstacle.getMessage());
      }
      writes.remove();
      work.batches.add(ProduceBatch.of(one(first), bytes(first)));
    }
  }

  /**
   * Writes the batches unmerged, since merging is optional; the target decides whether they are
   * damaged.
   */
  private void addUnmerged(
      Work work, Deque<PendingWrite> writes, PartitionFailedException obstacle) {
    writes.forEach(write -> work.batches.add(ProduceBatch.of(one(write), bytes(write))));
    if (obstacle instanceof CodecUnusableException) {
      unusable.add(Compression.ofBatch(bytes(writes.getFirst())).codec());
      LOG.warn("small batches are written one by one from now on: {}", obstacle.getMessage());
    }
    writes.clear();
  }

  private boolean isIntact(PendingWrite write) {
    ByteBuffer batch = bytes(write);
    return checksum.isIntact(batch, 0, batch.remaining());
  }

  private static ByteBuffer bytes(PendingWrite write) {
    return Objects.requireNonNull(write.encoded(), "only encoded batches are merged");
  }

  /** Returns a decoded write and those behind it, as many as make one batch. */
  private static List<WriteSlice> withRecords(
      Work work, PendingWrite first, Deque<PendingWrite> more) {
    List<WriteSlice> slices = new ArrayList<>(1);
    slices.add(WriteSlice.all(first));
    long size = first.sizeInBytes();
    while (size < work.sizes.small()) {
      PendingWrite next = more.peek();
      if (next == null
          || next.encoded() != null
          || next.records() == 0
          || size + next.sizeInBytes() > work.sizes.full()) {
        break;
      }
      slices.add(WriteSlice.all(more.remove()));
      size += next.sizeInBytes();
    }
    return slices;
  }

  private void build(Work work, List<WriteSlice> slices, Compression compression) {
    int maxBytes = work.limits.maxBatchBytes();
    work.batches.addAll(rebuilder.build(work.route, work.limits, slices, compression, maxBytes));
  }

  /** See {@link BatchRebuilder#split}. */
  public List<ProduceBatch> split(Route route, ProduceBatch batch) {
    return rebuilder.split(route, batch);
  }

  /** See {@link BatchRebuilder#halve(Route, ProduceBatch)}. */
  public List<ProduceBatch> halve(Route route, ProduceBatch batch) {
    return rebuilder.halve(route, batch);
  }

  /** See {@link BatchRebuilder#halve(Route, ProduceBatch, ReplicationException)}. */
  public List<ProduceBatch> halve(Route route, ProduceBatch batch, ReplicationException refusal) {
    return rebuilder.halve(route, batch, refusal);
  }
}
