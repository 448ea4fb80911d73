package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Re-encodes batches from their records: batches that can't be sent as they are, batches that the
 * broker found too large, and batches of which the broker refused a record. Records that the target
 * would not accept become refusals, which name them.
 *
 * <p>Confined to the writer thread.
 */
final class BatchRebuilder {
  private final TargetTopics topics;
  private final RecordCheck check;
  private final CompressionPolicy compressionPolicy;
  private final Clock clock;

  BatchRebuilder(
      TargetTopics topics, RecordCheck check, CompressionPolicy compressionPolicy, Clock clock) {
    this.topics = topics;
    this.check = check;
    this.compressionPolicy = compressionPolicy;
    this.clock = clock;
  }

  /**
   * Builds batches of records up to the first one that the target would refuse.
   *
   * @throws PartitionFailedException if a batch can't be decoded or encoded
   */
  List<ProduceBatch> build(
      Route route,
      TopicLimits limits,
      List<WriteSlice> slices,
      Compression compression,
      int maxBytes) {
    List<ReplicationRecord> records = records(slices);
    List<ProduceBatch> batches = new ArrayList<>(1);
    boolean compressed = compression.codec() != Codec.NONE;
    long now = clock.millis();
    int good = 0;
    ReplicationException refusal = null;
    while (good < records.size() && refusal == null) {
      refusal = check.refusal(route, records.get(good), limits, compressed, now);
      good += refusal == null ? 1 : 0;
    }
    List<ReplicationRecord> accepted = records.subList(0, good);
    for (BatchEncoder.Encoded built : BatchEncoder.encode(accepted, compression, maxBytes)) {
      List<WriteSlice> part = WriteSlice.slice(slices, built.from(), built.to());
      if (built.tooLarge() && maxBytes == limits.maxBatchBytes()) {
        ReplicationRecord record = records.get(built.from());
        refusal = check.tooLargeForTopic(route, record, limits);
        good = built.from();
        break;
      }
      batches.add(ProduceBatch.of(part, built.batch()));
    }
    if (refusal != null) {
      batches.add(ProduceBatch.refusal(WriteSlice.slice(slices, good, records.size()), refusal));
    }
    return batches;
  }

  private static List<ReplicationRecord> records(List<WriteSlice> slices) {
    if (slices.size() == 1) {
      WriteSlice only = slices.get(0);
      return only.write().decode().subList(only.from(), only.to());
    }
    List<ReplicationRecord> records = new ArrayList<>(WriteSlice.records(slices));
    for (WriteSlice slice : slices) {
      records.addAll(slice.write().decode().subList(slice.from(), slice.to()));
    }
    return records;
  }

  /** Returns smaller batches in place of one that the broker found too large. */
  List<ProduceBatch> split(Route route, ProduceBatch batch) {
    TopicLimits limits = topics.limits(route.target().topic());
    if (batch.records() == 1) {
      return List.of(only(route, batch, record -> check.tooLargeForTopic(route, record, limits)));
    }
    // the limit may have changed since it was looked up
    int maxBytes =
        batch.size() > limits.maxBatchBytes() ? limits.maxBatchBytes() : batch.size() / 2;
    batch.slices().forEach(slice -> slice.write().handling(BatchHandling.SPLIT));
    return rebuild(route, batch, batch.slices(), maxBytes);
  }

  /**
   * Returns two batches in place of one of which the broker refused a record, or the refusal if it
   * holds a single record.
   */
  List<ProduceBatch> halve(Route route, ProduceBatch batch, ReplicationException refusal) {
    if (batch.records() == 1) {
      return List.of(only(route, batch, record -> explained(route, record, refusal)));
    }
    return halves(route, batch, BatchHandling.BISECTED);
  }

  /** Returns two batches in place of one that holds more than one record. */
  List<ProduceBatch> halve(Route route, ProduceBatch batch) {
    return halves(route, batch, BatchHandling.SPLIT);
  }

  private List<ProduceBatch> halves(Route route, ProduceBatch batch, BatchHandling handling) {
    List<WriteSlice> slices = batch.slices();
    slices.forEach(slice -> slice.write().handling(handling));
    int half = batch.records() / 2;
    List<ProduceBatch> halves =
        new ArrayList<>(
            rebuild(route, batch, WriteSlice.slice(slices, 0, half), Integer.MAX_VALUE));
    if (halves.get(halves.size() - 1).refusal() == null) {
      List<WriteSlice> rest = WriteSlice.slice(slices, half, batch.records());
      halves.addAll(rebuild(route, batch, rest, Integer.MAX_VALUE));
    }
    return halves;
  }

  /** Returns the refusal of a batch that holds a single record. */
  private static ProduceBatch only(
      Route route, ProduceBatch batch, Function<ReplicationRecord, ReplicationException> refusal) {
    try {
      return ProduceBatch.refusal(batch.slices(), refusal.apply(records(batch.slices()).get(0)));
    } catch (PartitionFailedException e) {
      PartitionFailedException cause = WriteErrors.unreadable(route, batch.firstWrite(), e);
      return ProduceBatch.refusal(batch.slices(), cause);
    }
  }

  /**
   * Returns this library's explanation of why the broker refused a record, if it has one, else the
   * broker's.
   */
  private ReplicationException explained(
      Route route, ReplicationRecord record, ReplicationException refusal) {
    TopicLimits limits = topics.limits(route.target().topic());
    ReplicationException known = check.refusal(route, record, limits, true, clock.millis());
    if (known == null) {
      return refusal instanceof PartitionFailedException
          ? new RecordRefusedException(
              record.offset(), String.valueOf(refusal.getMessage()), refusal.getCause())
          : refusal;
    }
    known.initCause(refusal);
    return known;
  }

  private List<ProduceBatch> rebuild(
      Route route, ProduceBatch batch, List<WriteSlice> slices, int maxBytes) {
    TopicLimits limits = topics.limits(route.target().topic());
    try {
      Compression compression = compressionPolicy.ofBatch(batch.bytes());
      return build(route, limits, slices, compression, Math.min(maxBytes, limits.maxBatchBytes()));
    } catch (PartitionFailedException e) {
      PendingWrite first = slices.get(0).write();
      return List.of(ProduceBatch.refusal(slices, WriteErrors.unreadable(route, first, e)));
    }
  }
}
