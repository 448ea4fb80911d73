package dev.twinlog.internal.kafka.wire.write;

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
 * Makes produce batches of the writes of a route: most pass with their bytes as they are. Others
 * are rebuilt: decoded ones, those that the target would not take as they are, and small ones of
 * which more wait than can be sent, which travel as one.
 *
 * <p>Nothing that is damaged is built anew: whatever opens a batch checks its CRC-32C first. A
 * batch that need not be opened, and can't be, passes as it is.
 *
 * <p>Confined to the writer thread.
 */
final class ProduceBatchFactory {
  private static final Logger LOG = LoggerFactory.getLogger(ProduceBatchFactory.class);

  private final TargetTopics topics;
  private final BatchRebuilder rebuilder;
  private final CompressionPolicy compressions;
  private final WriterSettings settings;
  private final Clock clock;
  private final Map<Compression, Coalescer> coalescers = new HashMap<>();

  /** What they compressed can't be opened here, so it is not merged. */
  private final Set<Codec> unusable = EnumSet.noneOf(Codec.class);

  private final BatchSeal seal = new BatchSeal();
  private boolean keptOne;

  ProduceBatchFactory(
      TargetTopics topics,
      RecordCheck check,
      CompressionPolicy compressions,
      WriterSettings settings,
      Clock clock) {
    this.topics = topics;
    this.rebuilder = new BatchRebuilder(topics, check, compressions, clock);
    this.compressions = compressions;
    this.settings = settings;
    this.clock = clock;
  }

  /** What is being built: of which route, with how many free places, into what. */
  private record Work(
      Route route, TopicLimits limits, MergeSizes sizes, List<ProduceBatch> batches) {}

  /**
   * Makes batches of the first write that waits, and of those behind it that travel with it.
   *
   * @param waiting writes, of which the taken ones are removed
   * @param places how many batches of the route could be under way beside those that are
   * @param roundTripNanos see {@link MergeSizes}
   * @param alone whether one batch of the route is under way at a time
   * @return none if there was nothing in it to write
   */
  List<ProduceBatch> open(
      Route route, Deque<PendingWrite> waiting, int places, long roundTripNanos, boolean alone) {
    TopicLimits limits = topics.limits(route.target().topic());
    MergeSizes sizes =
        MergeSizes.of(roundTripNanos, limits.maxBatchBytes(), settings.budgetBytes(), alone);
    Work work = new Work(route, limits, sizes, new ArrayList<>(1));
    // at least one place is free, and one write is taken for it
    boolean crowded = waiting.size() > places;
    PendingWrite first = waiting.remove();
    try {
      if (first.records() > 0) {
        open(work, first, crowded ? waiting : new ArrayDeque<>(0));
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
              ? compressions.ofTopic(work.route.target().topic())
              : compressions.ofBatch(encoded);
      if (slow != null) {
        first.handling(slow);
      }
      List<WriteSlice> shares = encoded == null ? withRecords(work, first, more) : one(first);
      build(work, shares, compression);
      return;
    }
    List<PendingWrite> merged = mergeable(work, first, encoded, more);
    if (merged.size() == 1 && !compressions.recompresses()) {
      work.batches.add(ProduceBatch.of(one(first), encoded));
    } else {
      merge(work, merged, compressions.ofBatch(encoded));
    }
  }

  private static List<WriteSlice> one(PendingWrite write) {
    return List.of(WriteSlice.all(write));
  }

  /** Why an encoded batch must be opened; null if it need not be, or is not encoded. */
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
    if (encoded.remaining() > work.limits.maxBatchBytes() && !compressions.recompresses()) {
      return BatchHandling.SPLIT;
    }
    // what the decoder refuses it explains, too
    boolean odd = !Coalescer.mergeable(encoded) || timestampRefused(work, encoded);
    return odd ? BatchHandling.BISECTED : null;
  }

  /** Whether its header shows that one of its records, at least, has a timestamp out of limits. */
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

  /** The first write and those behind it that are small enough to travel with it. */
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

  /** Merges writes into one batch, or into more where they are large when opened. */
  private void merge(Work work, List<PendingWrite> writes, Compression compression) {
    Coalescer coalescer = coalescers.computeIfAbsent(compression, Coalescer::new);
    coalescer.reset();
    List<WriteSlice> shares = new ArrayList<>(writes.size());
    Deque<PendingWrite> left = new ArrayDeque<>(writes);
    while (!left.isEmpty()) {
      PartitionFailedException obstacle = null;
      try {
        coalescer.add(bytes(left.getFirst()));
        shares.add(WriteSlice.all(left.remove()));
      } catch (PartitionFailedException e) {
        obstacle = e;
      }
      boolean ends = left.isEmpty() || obstacle != null;
      if (!shares.isEmpty() && (ends || coalescer.plainSize() >= MergeSizes.MOST_PLAIN)) {
        seal(work, coalescer.finish(), List.copyOf(shares), compression);
        shares.clear();
      }
      if (obstacle != null) {
        unopened(work, left, obstacle);
      }
    }
  }

  private void seal(
      Work work, ByteBuffer merged, List<WriteSlice> shares, Compression compression) {
    BatchHandling handling =
        compressions.recompresses() ? BatchHandling.RECOMPRESSED : BatchHandling.COALESCED;
    shares.forEach(share -> share.write().handling(handling));
    if (merged.remaining() > work.limits.maxBatchBytes()) {
      build(work, shares, compression);
    } else {
      work.batches.add(ProduceBatch.of(shares, merged));
    }
  }

  /** Takes writes of which the first can't be opened, or only that one: the others are tried. */
  private void unopened(Work work, Deque<PendingWrite> writes, PartitionFailedException obstacle) {
    PendingWrite first = writes.getFirst();
    if (!compressions.recompresses()) {
      unmerged(work, writes, obstacle);
    } else if (obstacle instanceof CodecUnusableException || !isIntact(first)) {
      PartitionFailedException cause = WriteErrors.unreadable(work.route, first, obstacle);
      work.batches.add(ProduceBatch.refusal(writes.stream().map(WriteSlice::all).toList(), cause));
      writes.clear();
    } else {
      if (!keptOne) {
        keptOne = true;
        LOG.warn(
            "a batch that can't be opened is written as it is, not compressed anew, and so will"
                + " others be: {}",
            obstacle.getMessage());
      }
      writes.remove();
      work.batches.add(ProduceBatch.of(one(first), bytes(first)));
    }
  }

  /** Merging is no duty: they pass as they are, and the target is the judge of what is damaged. */
  private void unmerged(Work work, Deque<PendingWrite> writes, PartitionFailedException obstacle) {
    writes.forEach(write -> work.batches.add(ProduceBatch.of(one(write), bytes(write))));
    if (obstacle instanceof CodecUnusableException) {
      unusable.add(Compression.ofBatch(bytes(writes.getFirst())).codec());
      LOG.warn("small batches are written one by one from here on: {}", obstacle.getMessage());
    }
    writes.clear();
  }

  private boolean isIntact(PendingWrite write) {
    ByteBuffer batch = bytes(write);
    return seal.isIntact(batch, 0, batch.remaining());
  }

  private static ByteBuffer bytes(PendingWrite write) {
    return Objects.requireNonNull(write.encoded(), "only encoded batches are merged");
  }

  /** A decoded write and those behind it, as many as make one batch. */
  private static List<WriteSlice> withRecords(
      Work work, PendingWrite first, Deque<PendingWrite> more) {
    List<WriteSlice> shares = new ArrayList<>(1);
    shares.add(WriteSlice.all(first));
    long size = first.sizeInBytes();
    while (size < work.sizes.small()) {
      PendingWrite next = more.peek();
      if (next == null
          || next.encoded() != null
          || next.records() == 0
          || size + next.sizeInBytes() > work.sizes.full()) {
        break;
      }
      shares.add(WriteSlice.all(more.remove()));
      size += next.sizeInBytes();
    }
    return shares;
  }

  private void build(Work work, List<WriteSlice> shares, Compression compression) {
    int maxBytes = work.limits.maxBatchBytes();
    work.batches.addAll(rebuilder.build(work.route, work.limits, shares, compression, maxBytes));
  }

  /** See {@link BatchRebuilder#split}. */
  List<ProduceBatch> split(Route route, ProduceBatch batch) {
    return rebuilder.split(route, batch);
  }

  /** See {@link BatchRebuilder#halve(Route, ProduceBatch)}. */
  List<ProduceBatch> halve(Route route, ProduceBatch batch) {
    return rebuilder.halve(route, batch);
  }

  /** See {@link BatchRebuilder#halve(Route, ProduceBatch, ReplicationException)}. */
  List<ProduceBatch> halve(Route route, ProduceBatch batch, ReplicationException refusal) {
    return rebuilder.halve(route, batch, refusal);
  }
}
