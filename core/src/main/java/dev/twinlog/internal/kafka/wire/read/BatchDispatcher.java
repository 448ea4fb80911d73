package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.BatchSeal;
import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.batch.Coalescer;
import dev.twinlog.internal.batch.CodecUnusableException;
import dev.twinlog.internal.batch.LegacyDecoder;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourceReader.Receiver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the batches of one partition's answer to the receiver, in order: each one unchanged,
 * decoded, merged with its neighbours, or not at all. The partition's position follows what was
 * passed on.
 *
 * <p>Reusable; confined to the reader's thread.
 */
final class BatchDispatcher {
  /**
   * The number of uncompressed messages of the old formats, which have no batches, that are passed
   * on together.
   */
  private static final int LEGACY_RECORDS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(BatchDispatcher.class);

  private static final int GREATEST_CODEC = 4;

  private final boolean coalesce;
  private final FetchMemory memory;
  private final BatchSplitter splitter = new BatchSplitter();
  private final AbortedFilter filter = new AbortedFilter();
  private final SmallBatchRun run = new SmallBatchRun();
  private final List<ReplicationRecord> legacy = new ArrayList<>();
  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private final BatchSeal checksum = new BatchSeal();

  BatchDispatcher(boolean coalesce, FetchMemory memory) {
    this.coalesce = coalesce;
    this.memory = memory;
  }

  /**
   * Passes everything on, or as much as the receiver wants.
   *
   * @throws PartitionFailedException naming the offset of a batch that can't be passed on; all
   *     batches before it were
   */
  void dispatch(CompletedFetch fetched, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    ByteBuffer records = fetched.answer().records();
    filter.over(fetched.answer().aborted());
    splitter.over(records);
    try {
      while (assigned.isActive() && splitter.next()) {
        if (splitter.magic() < 2) {
          oldFormat(fetched, records, out);
        } else {
          next(fetched, records, out);
        }
      }
      flush(fetched, out);
    } catch (PartitionFailedException e) {
      flush(fetched, out);
      throw e;
    } finally {
      run.clear();
      legacy.clear();
    }
  }

  private void next(CompletedFetch fetched, ByteBuffer records, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    int at = splitter.position();
    requirePlausible(records, at);
    long first = BatchHeader.baseOffset(records, at);
    long next = BatchHeader.nextOffset(records, at);
    boolean skipped =
        filter.drops(records, at)
            || BatchHeader.control(records, at)
            || BatchHeader.recordCount(records, at) == 0
            || next <= assigned.position();
    if (skipped) {
      requireIntact(records, at);
    }
    assigned.epochs().read(first, BatchHeader.leaderEpoch(records, at), next);
    if (skipped) {
      flush(fetched, out);
      advance(assigned, next);
      return;
    }
    requireKnownAttributes(records, at);
    BatchHandling handling = handling(records, at, assigned.position());
    ByteBuffer batch = records.slice(at, splitter.size());
    if (handling == BatchHandling.PARTIALLY_WRITTEN) {
      flush(fetched, out);
      if (assigned.isActive()) {
        passOn(assigned, decoder.decode(batch), handling, next, out);
      }
    } else if (handling != BatchHandling.PASSED_THROUGH) {
      // the writer decodes it, and finds the compression in its header
      flush(fetched, out);
      pass(fetched, batch, handling, out);
    } else if (coalesce && run.isSmall(batch)) {
      flushLegacy(assigned, out);
      if (!run.takes(batch)) {
        flush(fetched, out);
      }
      run.add(batch);
    } else {
      flush(fetched, out);
      pass(fetched, batch, BatchHandling.PASSED_THROUGH, out);
    }
  }

  private static void requirePlausible(ByteBuffer records, int at) {
    if (BatchHeader.lastOffsetDelta(records, at) < 0
        || BatchHeader.recordCount(records, at) < 0
        || BatchHeader.baseOffset(records, at) < 0) {
      throw new PartitionFailedException(
          "the record batch at offset %d is damaged: an offset or count of it is negative"
              .formatted(BatchHeader.baseOffset(records, at)));
    }
  }

  /**
   * Checks the checksum of a batch that is skipped. What is passed on is checked when it is
   * decoded, or by the target; a skipped batch is checked nowhere else, and damage must not make a
   * batch look like one to skip.
   */
  private void requireIntact(ByteBuffer records, int at) {
    if (!checksum.isIntact(records, at, splitter.size())) {
      throw new PartitionFailedException(
          "the record batch at offset %d is damaged: its CRC-32C does not match"
              .formatted(BatchHeader.baseOffset(records, at)));
    }
  }

  private static void requireKnownAttributes(ByteBuffer records, int at) {
    int attributes = BatchHeader.attributes(records, at);
    if ((attributes & ~BatchHeader.KNOWN) != 0 || BatchHeader.codec(records, at) > GREATEST_CODEC) {
      throw new PartitionFailedException(
          "the record batch at offset %d has the attributes 0x%04x, of which 0x%04x or the codec %d is unknown: a target would store it, but this version does not know its meaning"
              .formatted(
                  BatchHeader.baseOffset(records, at),
                  attributes,
                  attributes & ~BatchHeader.KNOWN,
                  BatchHeader.codec(records, at)));
    }
  }

  private static BatchHandling handling(ByteBuffer records, int at, long position) {
    if (BatchHeader.baseOffset(records, at) < position) {
      return BatchHandling.PARTIALLY_WRITTEN;
    }
    if (BatchHeader.logAppendTime(records, at)) {
      return BatchHandling.LOG_APPEND_TIME;
    }
    return BatchHeader.dense(records, at) ? BatchHandling.PASSED_THROUGH : BatchHandling.COMPACTED;
  }

  private void oldFormat(CompletedFetch fetched, ByteBuffer records, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    int at = splitter.position();
    // a message that contains others has the offset of the last one
    long last = BatchHeader.baseOffset(records, at);
    if (last < assigned.position()) {
      return;
    }
    flushRun(fetched, out);
    for (ReplicationRecord record : LegacyDecoder.decode(records.slice(at, splitter.size()))) {
      if (record.offset() >= assigned.position()) {
        legacy.add(record);
      }
    }
    if (legacy.size() >= LEGACY_RECORDS) {
      flushLegacy(assigned, out);
    }
  }

  /** Passes on what was collected so far. */
  private void flush(CompletedFetch fetched, Receiver out) {
    flushLegacy(fetched.assigned(), out);
    flushRun(fetched, out);
  }

  private void flushLegacy(AssignedPartition assigned, Receiver out) {
    if (legacy.isEmpty()) {
      return;
    }
    List<ReplicationRecord> records = List.copyOf(legacy);
    legacy.clear();
    if (assigned.isActive()) {
      long next = records.get(records.size() - 1).offset() + 1;
      passOn(assigned, records, BatchHandling.DOWN_LEVEL_FORMAT, next, out);
    }
  }

  private void flushRun(CompletedFetch fetched, Receiver out) {
    if (run.isEmpty()) {
      return;
    }
    try {
      if (run.isWorthwhile()) {
        merge(fetched, out);
      } else {
        for (ByteBuffer batch : run.batches()) {
          pass(fetched, batch, BatchHandling.PASSED_THROUGH, out);
        }
      }
    } finally {
      run.clear();
    }
  }

  private void merge(CompletedFetch fetched, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    Coalescer coalescer = run.coalescer();
    try {
      for (ByteBuffer batch : run.batches()) {
        if (!assigned.isActive()) {
          return;
        }
        if (!addTo(coalescer, batch)) {
          passOnMerged(assigned, coalescer, out);
          pass(fetched, batch, BatchHandling.PASSED_THROUGH, out);
        } else if (coalescer.plainSize() >= SmallBatchRun.ENOUGH_PLAIN_BYTES) {
          passOnMerged(assigned, coalescer, out);
        }
      }
    } finally {
      passOnMerged(assigned, coalescer, out); // also the batches before a damaged one
    }
  }

  /**
   * Returns whether a batch was merged. Merging is optional: a batch that can't be decoded,
   * although it is as its producer made it, passes unchanged. A damaged one is refused.
   */
  private boolean addTo(Coalescer coalescer, ByteBuffer batch) {
    try {
      return run.isSmall(batch) && coalescer.add(batch, SmallBatchRun.SMALL_PLAIN_BYTES);
    } catch (CodecUnusableException e) {
      LOG.warn("small batches are passed on one by one from now on: {}", e.getMessage());
      run.excludeCodec(batch);
      return false;
    } catch (PartitionFailedException e) {
      if (!checksum.isIntact(batch, 0, batch.remaining())) {
        throw e;
      }
      LOG.debug("a small batch is passed on unchanged, not merged: {}", e.getMessage());
      return false;
    }
  }

  private static void passOnMerged(AssignedPartition assigned, Coalescer coalescer, Receiver out) {
    if (!coalescer.isEmpty() && assigned.isActive()) {
      assigned.moveTo(coalescer.nextOffset());
      out.batch(
          ReplicationBatch.ofEncoded(
              assigned.partition(), coalescer.finish(), BatchHandling.COALESCED, () -> {}));
    }
  }

  private void pass(
      CompletedFetch fetched, ByteBuffer batch, BatchHandling handling, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    if (!assigned.isActive()) {
      return;
    }
    assigned.moveTo(BatchHeader.nextOffset(batch, 0));
    Received holder = fetched.holder();
    if (holder == null || memory.isCopying()) {
      out.batch(
          ReplicationBatch.ofEncoded(
              assigned.partition(), CompletedFetch.copyOf(batch), handling, () -> {}));
    } else {
      out.batch(
          ReplicationBatch.ofEncoded(
              assigned.partition(), batch, handling, memory.lend(holder, batch.remaining())));
    }
  }

  private static void passOn(
      AssignedPartition assigned,
      List<ReplicationRecord> records,
      BatchHandling handling,
      long next,
      Receiver out) {
    long position = assigned.position();
    List<ReplicationRecord> wanted =
        records.get(0).offset() >= position
            ? records
            : records.stream().filter(record -> record.offset() >= position).toList();
    assigned.moveTo(next);
    if (!wanted.isEmpty()) {
      out.batch(ReplicationBatch.of(assigned.partition(), wanted, handling));
    }
  }

  private static void advance(AssignedPartition assigned, long next) {
    if (assigned.isActive()) {
      assigned.moveTo(Math.max(next, assigned.position()));
    }
  }
}
