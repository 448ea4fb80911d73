package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Coalescer;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.spi.BatchDoor;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The doors through which a batch gets into the target: most pass with their bytes as they are.
 * Others are built anew: decoded ones, those that the target would not take as they are, and small
 * ones of which more wait than can be sent, which travel as one.
 *
 * <p>Nothing that is damaged is built anew: whatever opens a batch checks its CRC-32C first.
 *
 * <p>Confined to the writer thread.
 */
final class Doors {
  private final TargetTopics topics;
  private final RecordCheck check;
  private final Compressions compressions;
  private final WriterSettings settings;
  private final Clock clock;
  private final Map<Compression, Coalescer> coalescers = new HashMap<>();

  Doors(
      TargetTopics topics,
      RecordCheck check,
      Compressions compressions,
      WriterSettings settings,
      Clock clock) {
    this.topics = topics;
    this.check = check;
    this.compressions = compressions;
    this.settings = settings;
    this.clock = clock;
  }

  /** What is being built: of which route, with how many free places, into what. */
  private record Work(Route route, TopicLimits limits, MergeSizes sizes, List<Parcel> parcels) {}

  /**
   * Makes parcels of the first write that waits, and of those behind it that travel with it.
   *
   * @param waiting writes, of which the taken ones are removed
   * @param places how many batches of the route could be under way beside those that are
   * @param roundTripNanos see {@link MergeSizes}
   * @return none if there was nothing in it to write
   */
  List<Parcel> open(Route route, Deque<PendingWrite> waiting, int places, long roundTripNanos) {
    TopicLimits limits = topics.limits(route.target().topic());
    MergeSizes sizes =
        MergeSizes.of(roundTripNanos, limits.maxBatchBytes(), settings.budgetBytes());
    Work work = new Work(route, limits, sizes, new ArrayList<>(1));
    // at least one place is free, and one write is taken for it
    boolean crowded = waiting.size() > places;
    PendingWrite first = waiting.remove();
    try {
      if (first.records() > 0) {
        open(work, first, crowded ? waiting : new ArrayDeque<>(0));
      }
    } catch (PartitionFailedException e) {
      work.parcels.add(
          Parcel.refusal(List.of(Share.all(first)), Troubles.unreadable(route, first, e)));
    }
    return work.parcels;
  }

  private void open(Work work, PendingWrite first, Deque<PendingWrite> more) {
    ByteBuffer encoded = first.encoded();
    BatchDoor slow = slowDoor(work, first, encoded);
    if (encoded == null || slow != null) {
      Compression compression =
          encoded == null
              ? compressions.ofTopic(work.route.target().topic())
              : compressions.ofBatch(encoded);
      if (slow != null) {
        first.door(slow);
      }
      List<Share> shares = encoded == null ? withRecords(work, first, more) : one(first);
      build(work, shares, compression, work.limits.maxBatchBytes());
      return;
    }
    List<PendingWrite> merged = mergeable(work, first, encoded, more);
    if (merged.size() == 1 && !compressions.recompresses()) {
      work.parcels.add(Parcel.of(one(first), encoded));
    } else {
      merge(work, merged, compressions.ofBatch(encoded));
    }
  }

  private static List<Share> one(PendingWrite write) {
    return List.of(Share.all(write));
  }

  /** Why an encoded batch must be opened; null if it need not be, or is not encoded. */
  private @Nullable BatchDoor slowDoor(
      Work work, PendingWrite write, @Nullable ByteBuffer encoded) {
    if (encoded == null) {
      return null;
    }
    if (!BatchHeader.dense(encoded, 0)) {
      return BatchDoor.HOLES;
    }
    if (BatchHeader.logAppendTime(encoded, 0)) {
      return BatchDoor.APPEND_TIME;
    }
    if (encoded.remaining() > work.limits.maxBatchBytes() && !compressions.recompresses()) {
      return BatchDoor.SPLIT;
    }
    // what the decoder refuses it explains, too
    boolean odd = !Coalescer.mergeable(encoded) || timestampRefused(work, encoded);
    return odd ? BatchDoor.REFUSED : null;
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
          || slowDoor(work, next, bytes) != null) {
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
    List<Share> shares = new ArrayList<>(writes.size());
    Deque<PendingWrite> left = new ArrayDeque<>(writes);
    PartitionFailedException damage = null;
    while (!left.isEmpty() && damage == null) {
      try {
        coalescer.add(Objects.requireNonNull(left.getFirst().encoded()));
        shares.add(Share.all(left.remove()));
      } catch (PartitionFailedException e) {
        damage = e;
      }
      boolean ends = left.isEmpty() || damage != null;
      if (!shares.isEmpty() && (ends || coalescer.plainSize() >= MergeSizes.MOST_PLAIN)) {
        seal(work, coalescer.finish(), List.copyOf(shares), compression);
        shares.clear();
      }
    }
    if (damage != null) {
      PartitionFailedException cause = Troubles.damaged(work.route, left.getFirst(), damage);
      work.parcels.add(Parcel.refusal(left.stream().map(Share::all).toList(), cause));
    }
  }

  private void seal(Work work, ByteBuffer merged, List<Share> shares, Compression compression) {
    BatchDoor door = compressions.recompresses() ? BatchDoor.RECOMPRESSED : BatchDoor.COALESCED;
    shares.forEach(share -> share.write().door(door));
    if (merged.remaining() > work.limits.maxBatchBytes()) {
      build(work, shares, compression, work.limits.maxBatchBytes());
    } else {
      work.parcels.add(Parcel.of(shares, merged));
    }
  }

  /** A decoded write and those behind it, as many as make one batch. */
  private static List<Share> withRecords(Work work, PendingWrite first, Deque<PendingWrite> more) {
    List<Share> shares = new ArrayList<>(1);
    shares.add(Share.all(first));
    long size = first.sizeInBytes();
    while (size < work.sizes.small()) {
      PendingWrite next = more.peek();
      if (next == null
          || next.encoded() != null
          || next.records() == 0
          || size + next.sizeInBytes() > work.sizes.full()) {
        break;
      }
      shares.add(Share.all(more.remove()));
      size += next.sizeInBytes();
    }
    return shares;
  }

  /** Builds batches of records up to the first one that the target would refuse. */
  private void build(Work work, List<Share> shares, Compression compression, int maxBytes) {
    List<ReplicationRecord> records = records(shares);
    boolean compresses = compression.codec() != Codec.NONE;
    long now = clock.millis();
    int good = 0;
    ReplicationException refusal = null;
    while (good < records.size() && refusal == null) {
      refusal = check.refusal(work.route, records.get(good), work.limits, compresses, now);
      good += refusal == null ? 1 : 0;
    }
    List<ReplicationRecord> accepted = records.subList(0, good);
    for (BatchEncoder.Encoded built : BatchEncoder.encode(accepted, compression, maxBytes)) {
      List<Share> part = Share.slice(shares, built.from(), built.to());
      if (built.tooLarge() && maxBytes == work.limits.maxBatchBytes()) {
        ReplicationRecord record = records.get(built.from());
        refusal = check.tooLargeForTopic(work.route, record, work.limits);
        good = built.from();
        break;
      }
      work.parcels.add(Parcel.of(part, built.batch()));
    }
    if (refusal != null) {
      work.parcels.add(Parcel.refusal(Share.slice(shares, good, records.size()), refusal));
    }
  }

  private static List<ReplicationRecord> records(List<Share> shares) {
    if (shares.size() == 1) {
      Share only = shares.get(0);
      return only.write().open().subList(only.from(), only.to());
    }
    List<ReplicationRecord> records = new ArrayList<>(Share.records(shares));
    for (Share share : shares) {
      records.addAll(share.write().open().subList(share.from(), share.to()));
    }
    return records;
  }

  /** Smaller batches in place of one that the broker found too large. */
  List<Parcel> split(Route route, Parcel parcel) {
    TopicLimits limits = topics.limits(route.target().topic());
    if (parcel.records() == 1) {
      ReplicationRecord record = records(parcel.shares()).get(0);
      return List.of(
          Parcel.refusal(parcel.shares(), check.tooLargeForTopic(route, record, limits)));
    }
    // the limit may have changed since it was looked up
    int maxBytes =
        parcel.size() > limits.maxBatchBytes() ? limits.maxBatchBytes() : parcel.size() / 2;
    parcel.shares().forEach(share -> share.write().door(BatchDoor.SPLIT));
    return rebuild(route, parcel, parcel.shares(), maxBytes);
  }

  /**
   * Two batches in place of one of which the broker refused a record; of a single record, the
   * refusal.
   */
  List<Parcel> halve(Route route, Parcel parcel, ReplicationException refusal) {
    List<Share> shares = parcel.shares();
    if (parcel.records() == 1) {
      ReplicationRecord record = records(shares).get(0);
      TopicLimits limits = topics.limits(route.target().topic());
      ReplicationException known = check.refusal(route, record, limits, true, clock.millis());
      if (known != null) {
        known.initCause(refusal);
      }
      return List.of(Parcel.refusal(shares, known == null ? refusal : known));
    }
    shares.forEach(share -> share.write().door(BatchDoor.REFUSED));
    int half = parcel.records() / 2;
    List<Parcel> halves =
        new ArrayList<>(rebuild(route, parcel, Share.slice(shares, 0, half), Integer.MAX_VALUE));
    if (halves.get(halves.size() - 1).refusal() == null) {
      List<Share> rest = Share.slice(shares, half, parcel.records());
      halves.addAll(rebuild(route, parcel, rest, Integer.MAX_VALUE));
    }
    return halves;
  }

  private List<Parcel> rebuild(Route route, Parcel parcel, List<Share> shares, int maxBytes) {
    TopicLimits limits = topics.limits(route.target().topic());
    Work work = new Work(route, limits, MergeSizes.of(0, 1, 1), new ArrayList<>(2));
    try {
      int limit = Math.min(maxBytes, limits.maxBatchBytes());
      build(work, shares, compressions.ofBatch(parcel.batch()), limit);
    } catch (PartitionFailedException e) {
      PendingWrite first = shares.get(0).write();
      work.parcels.add(Parcel.refusal(shares, Troubles.unreadable(route, first, e)));
    }
    return work.parcels;
  }
}
