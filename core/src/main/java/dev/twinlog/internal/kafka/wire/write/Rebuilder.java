package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Builds batches anew from their records: those that can't travel as they are, and those that the
 * broker found too large, or of which it refused a record. Records that the target would not take
 * become refusals, which name them.
 *
 * <p>Confined to the writer thread.
 */
final class Rebuilder {
  private final TargetTopics topics;
  private final RecordCheck check;
  private final Compressions compressions;
  private final Clock clock;

  Rebuilder(TargetTopics topics, RecordCheck check, Compressions compressions, Clock clock) {
    this.topics = topics;
    this.check = check;
    this.compressions = compressions;
    this.clock = clock;
  }

  /**
   * Builds batches of records up to the first one that the target would refuse.
   *
   * @throws PartitionFailedException if a batch that holds one can't be opened, or none be made
   */
  List<Parcel> build(
      Route route, TopicLimits limits, List<Share> shares, Compression compression, int maxBytes) {
    List<ReplicationRecord> records = records(shares);
    List<Parcel> parcels = new ArrayList<>(1);
    boolean compresses = compression.codec() != Codec.NONE;
    long now = clock.millis();
    int good = 0;
    ReplicationException refusal = null;
    while (good < records.size() && refusal == null) {
      refusal = check.refusal(route, records.get(good), limits, compresses, now);
      good += refusal == null ? 1 : 0;
    }
    List<ReplicationRecord> accepted = records.subList(0, good);
    for (BatchEncoder.Encoded built : BatchEncoder.encode(accepted, compression, maxBytes)) {
      List<Share> part = Share.slice(shares, built.from(), built.to());
      if (built.tooLarge() && maxBytes == limits.maxBatchBytes()) {
        ReplicationRecord record = records.get(built.from());
        refusal = check.tooLargeForTopic(route, record, limits);
        good = built.from();
        break;
      }
      parcels.add(Parcel.of(part, built.batch()));
    }
    if (refusal != null) {
      parcels.add(Parcel.refusal(Share.slice(shares, good, records.size()), refusal));
    }
    return parcels;
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
      return List.of(only(route, parcel, record -> check.tooLargeForTopic(route, record, limits)));
    }
    // the limit may have changed since it was looked up
    int maxBytes =
        parcel.size() > limits.maxBatchBytes() ? limits.maxBatchBytes() : parcel.size() / 2;
    parcel.shares().forEach(share -> share.write().handling(BatchHandling.SPLIT));
    return rebuild(route, parcel, parcel.shares(), maxBytes);
  }

  /**
   * Two batches in place of one of which the broker refused a record; of a single record, the
   * refusal.
   */
  List<Parcel> halve(Route route, Parcel parcel, ReplicationException refusal) {
    if (parcel.records() == 1) {
      return List.of(only(route, parcel, record -> explained(route, record, refusal)));
    }
    return halves(route, parcel, BatchHandling.BISECTED);
  }

  /** Two batches in place of one that holds more than one record. */
  List<Parcel> halve(Route route, Parcel parcel) {
    return halves(route, parcel, BatchHandling.SPLIT);
  }

  private List<Parcel> halves(Route route, Parcel parcel, BatchHandling handling) {
    List<Share> shares = parcel.shares();
    shares.forEach(share -> share.write().handling(handling));
    int half = parcel.records() / 2;
    List<Parcel> halves =
        new ArrayList<>(rebuild(route, parcel, Share.slice(shares, 0, half), Integer.MAX_VALUE));
    if (halves.get(halves.size() - 1).refusal() == null) {
      List<Share> rest = Share.slice(shares, half, parcel.records());
      halves.addAll(rebuild(route, parcel, rest, Integer.MAX_VALUE));
    }
    return halves;
  }

  /** The refusal of a parcel that holds a single record. */
  private static Parcel only(
      Route route, Parcel parcel, Function<ReplicationRecord, ReplicationException> refusal) {
    try {
      return Parcel.refusal(parcel.shares(), refusal.apply(records(parcel.shares()).get(0)));
    } catch (PartitionFailedException e) {
      PartitionFailedException cause = Troubles.unreadable(route, parcel.firstWrite(), e);
      return Parcel.refusal(parcel.shares(), cause);
    }
  }

  /** What the broker has against a record, in our words if we know it. */
  private ReplicationException explained(
      Route route, ReplicationRecord record, ReplicationException refusal) {
    TopicLimits limits = topics.limits(route.target().topic());
    ReplicationException known = check.refusal(route, record, limits, true, clock.millis());
    if (known == null) {
      return refusal;
    }
    known.initCause(refusal);
    return known;
  }

  private List<Parcel> rebuild(Route route, Parcel parcel, List<Share> shares, int maxBytes) {
    TopicLimits limits = topics.limits(route.target().topic());
    try {
      Compression compression = compressions.ofBatch(parcel.batch());
      return build(route, limits, shares, compression, Math.min(maxBytes, limits.maxBatchBytes()));
    } catch (PartitionFailedException e) {
      PendingWrite first = shares.get(0).write();
      return List.of(Parcel.refusal(shares, Troubles.unreadable(route, first, e)));
    }
  }
}
