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
final class BatchRebuilder {
  private final TargetTopics topics;
  private final RecordCheck check;
  private final CompressionPolicy compressions;
  private final Clock clock;

  BatchRebuilder(
      TargetTopics topics, RecordCheck check, CompressionPolicy compressions, Clock clock) {
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
  List<ProduceBatch> build(
      Route route,
      TopicLimits limits,
      List<WriteSlice> shares,
      Compression compression,
      int maxBytes) {
    List<ReplicationRecord> records = records(shares);
    List<ProduceBatch> batches = new ArrayList<>(1);
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
      List<WriteSlice> part = WriteSlice.slice(shares, built.from(), built.to());
      if (built.tooLarge() && maxBytes == limits.maxBatchBytes()) {
        ReplicationRecord record = records.get(built.from());
        refusal = check.tooLargeForTopic(route, record, limits);
        good = built.from();
        break;
      }
      batches.add(ProduceBatch.of(part, built.batch()));
    }
    if (refusal != null) {
      batches.add(ProduceBatch.refusal(WriteSlice.slice(shares, good, records.size()), refusal));
    }
    return batches;
  }

  private static List<ReplicationRecord> records(List<WriteSlice> shares) {
    if (shares.size() == 1) {
      WriteSlice only = shares.get(0);
      return only.write().open().subList(only.from(), only.to());
    }
    List<ReplicationRecord> records = new ArrayList<>(WriteSlice.records(shares));
    for (WriteSlice share : shares) {
      records.addAll(share.write().open().subList(share.from(), share.to()));
    }
    return records;
  }

  /** Smaller batches in place of one that the broker found too large. */
  List<ProduceBatch> split(Route route, ProduceBatch batch) {
    TopicLimits limits = topics.limits(route.target().topic());
    if (batch.records() == 1) {
      return List.of(only(route, batch, record -> check.tooLargeForTopic(route, record, limits)));
    }
    // the limit may have changed since it was looked up
    int maxBytes =
        batch.size() > limits.maxBatchBytes() ? limits.maxBatchBytes() : batch.size() / 2;
    batch.shares().forEach(share -> share.write().handling(BatchHandling.SPLIT));
    return rebuild(route, batch, batch.shares(), maxBytes);
  }

  /**
   * Two batches in place of one of which the broker refused a record; of a single record, the
   * refusal.
   */
  List<ProduceBatch> halve(Route route, ProduceBatch batch, ReplicationException refusal) {
    if (batch.records() == 1) {
      return List.of(only(route, batch, record -> explained(route, record, refusal)));
    }
    return halves(route, batch, BatchHandling.BISECTED);
  }

  /** Two batches in place of one that holds more than one record. */
  List<ProduceBatch> halve(Route route, ProduceBatch batch) {
    return halves(route, batch, BatchHandling.SPLIT);
  }

  private List<ProduceBatch> halves(Route route, ProduceBatch batch, BatchHandling handling) {
    List<WriteSlice> shares = batch.shares();
    shares.forEach(share -> share.write().handling(handling));
    int half = batch.records() / 2;
    List<ProduceBatch> halves =
        new ArrayList<>(
            rebuild(route, batch, WriteSlice.slice(shares, 0, half), Integer.MAX_VALUE));
    if (halves.get(halves.size() - 1).refusal() == null) {
      List<WriteSlice> rest = WriteSlice.slice(shares, half, batch.records());
      halves.addAll(rebuild(route, batch, rest, Integer.MAX_VALUE));
    }
    return halves;
  }

  /** The refusal of a batch that holds a single record. */
  private static ProduceBatch only(
      Route route, ProduceBatch batch, Function<ReplicationRecord, ReplicationException> refusal) {
    try {
      return ProduceBatch.refusal(batch.shares(), refusal.apply(records(batch.shares()).get(0)));
    } catch (PartitionFailedException e) {
      PartitionFailedException cause = WriteErrors.unreadable(route, batch.firstWrite(), e);
      return ProduceBatch.refusal(batch.shares(), cause);
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

  private List<ProduceBatch> rebuild(
      Route route, ProduceBatch batch, List<WriteSlice> shares, int maxBytes) {
    TopicLimits limits = topics.limits(route.target().topic());
    try {
      Compression compression = compressions.ofBatch(batch.bytes());
      return build(route, limits, shares, compression, Math.min(maxBytes, limits.maxBatchBytes()));
    } catch (PartitionFailedException e) {
      PendingWrite first = shares.get(0).write();
      return List.of(ProduceBatch.refusal(shares, WriteErrors.unreadable(route, first, e)));
    }
  }
}
