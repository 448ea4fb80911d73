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
 * Walks over the batches of one partition's answer, in order, and hands each on: as it is, decoded,
 * merged with its neighbours, or not at all. The reading's position follows what was handed on.
 *
 * <p>Reusable; confined to the reader's thread.
 */
final class BatchSorter {
  /**
   * Messages of the old formats stand alone where they were not compressed: so many go together.
   */
  private static final int LEGACY_RECORDS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(BatchSorter.class);

  private static final int GREATEST_CODEC = 4;

  private final boolean coalesce;
  private final FetchMemory memory;
  private final BatchSplitter cutter = new BatchSplitter();
  private final AbortedFilter filter = new AbortedFilter();
  private final SmallRun run = new SmallRun();
  private final List<ReplicationRecord> legacy = new ArrayList<>();
  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private final BatchSeal seal = new BatchSeal();

  BatchSorter(boolean coalesce, FetchMemory memory) {
    this.coalesce = coalesce;
    this.memory = memory;
  }

  /**
   * Hands everything on, or as much as the receiver wants.
   *
   * @throws PartitionFailedException naming the offset of a batch that can't be handed on; all
   *     before it was
   */
  void sort(Fetched fetched, Receiver out) {
    Reading reading = fetched.reading();
    ByteBuffer records = fetched.answer().records();
    filter.over(fetched.answer().aborted());
    cutter.over(records);
    try {
      while (reading.isFlowing() && cutter.next()) {
        if (cutter.magic() < 2) {
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

  private void next(Fetched fetched, ByteBuffer records, Receiver out) {
    Reading reading = fetched.reading();
    int at = cutter.position();
    requireSense(records, at);
    long first = BatchHeader.baseOffset(records, at);
    long next = BatchHeader.nextOffset(records, at);
    boolean skipped =
        filter.drops(records, at)
            || BatchHeader.control(records, at)
            || BatchHeader.recordCount(records, at) == 0
            || next <= reading.position();
    if (skipped) {
      requireIntact(records, at);
    }
    reading.epochs().read(first, BatchHeader.leaderEpoch(records, at), next);
    if (skipped) {
      flush(fetched, out);
      advance(reading, next);
      return;
    }
    requireKnownAttributes(records, at);
    BatchHandling handling = handling(records, at, reading.position());
    ByteBuffer batch = records.slice(at, cutter.size());
    if (handling == BatchHandling.PARTIALLY_WRITTEN) {
      flush(fetched, out);
      if (reading.isFlowing()) {
        handOn(reading, decoder.decode(batch), handling, next, out);
      }
    } else if (handling != BatchHandling.PASSED_THROUGH) {
      // whoever writes it opens it, and knows by its header how it was compressed
      flush(fetched, out);
      pass(fetched, batch, handling, out);
    } else if (coalesce && run.isSmall(batch)) {
      flushLegacy(reading, out);
      if (!run.takes(batch)) {
        flush(fetched, out);
      }
      run.add(batch);
    } else {
      flush(fetched, out);
      pass(fetched, batch, BatchHandling.PASSED_THROUGH, out);
    }
  }

  private static void requireSense(ByteBuffer records, int at) {
    if (BatchHeader.lastOffsetDelta(records, at) < 0
        || BatchHeader.recordCount(records, at) < 0
        || BatchHeader.baseOffset(records, at) < 0) {
      throw new PartitionFailedException(
          "the record batch at offset %d is damaged: an offset or count of it is negative"
              .formatted(BatchHeader.baseOffset(records, at)));
    }
  }

  /**
   * What is handed on is checked by who opens it, or by the target. What is skipped nobody else
   * looks at, and damage must not make a batch look like something to skip.
   */
  private void requireIntact(ByteBuffer records, int at) {
    if (!seal.isIntact(records, at, cutter.size())) {
      throw new PartitionFailedException(
          "the record batch at offset %d is damaged: its CRC-32C does not match"
              .formatted(BatchHeader.baseOffset(records, at)));
    }
  }

  private static void requireKnownAttributes(ByteBuffer records, int at) {
    int attributes = BatchHeader.attributes(records, at);
    if ((attributes & ~BatchHeader.KNOWN) != 0 || BatchHeader.codec(records, at) > GREATEST_CODEC) {
      throw new PartitionFailedException(
          "the record batch at offset %d has the attributes 0x%04x, of which 0x%04x or the codec %d is unknown: a target would store it, but this version can't tell what it means"
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

  private void oldFormat(Fetched fetched, ByteBuffer records, Receiver out) {
    Reading reading = fetched.reading();
    int at = cutter.position();
    // of a message that holds others it is the last one's
    long last = BatchHeader.baseOffset(records, at);
    if (last < reading.position()) {
      return;
    }
    flushRun(fetched, out);
    for (ReplicationRecord record : LegacyDecoder.decode(records.slice(at, cutter.size()))) {
      if (record.offset() >= reading.position()) {
        legacy.add(record);
      }
    }
    if (legacy.size() >= LEGACY_RECORDS) {
      flushLegacy(reading, out);
    }
  }

  /** Hands on what was held together so far. */
  private void flush(Fetched fetched, Receiver out) {
    flushLegacy(fetched.reading(), out);
    flushRun(fetched, out);
  }

  private void flushLegacy(Reading reading, Receiver out) {
    if (legacy.isEmpty()) {
      return;
    }
    List<ReplicationRecord> records = List.copyOf(legacy);
    legacy.clear();
    if (reading.isFlowing()) {
      long next = records.get(records.size() - 1).offset() + 1;
      handOn(reading, records, BatchHandling.DOWN_LEVEL_FORMAT, next, out);
    }
  }

  private void flushRun(Fetched fetched, Receiver out) {
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

  private void merge(Fetched fetched, Receiver out) {
    Reading reading = fetched.reading();
    Coalescer coalescer = run.coalescer();
    try {
      for (ByteBuffer batch : run.batches()) {
        if (!reading.isFlowing()) {
          return;
        }
        if (!adds(coalescer, batch)) {
          handOnMerged(reading, coalescer, out);
          pass(fetched, batch, BatchHandling.PASSED_THROUGH, out);
        } else if (coalescer.plainSize() >= SmallRun.ENOUGH_PLAIN_BYTES) {
          handOnMerged(reading, coalescer, out);
        }
      }
    } finally {
      handOnMerged(reading, coalescer, out); // what came before a damaged one, too
    }
  }

  /**
   * Whether a batch was merged. Merging is no duty: what can't be opened, though it is as its
   * producer made it, passes as it is. One that is damaged is refused.
   */
  private boolean adds(Coalescer coalescer, ByteBuffer batch) {
    try {
      return run.isSmall(batch) && coalescer.add(batch, SmallRun.SMALL_PLAIN_BYTES);
    } catch (CodecUnusableException e) {
      LOG.warn("small batches are handed on one by one from here on: {}", e.getMessage());
      run.cannotOpen(batch);
      return false;
    } catch (PartitionFailedException e) {
      if (!seal.isIntact(batch, 0, batch.remaining())) {
        throw e;
      }
      LOG.debug("a small batch is handed on as it is, not merged: {}", e.getMessage());
      return false;
    }
  }

  private static void handOnMerged(Reading reading, Coalescer coalescer, Receiver out) {
    if (!coalescer.isEmpty() && reading.isFlowing()) {
      reading.moveTo(coalescer.nextOffset());
      out.batch(
          ReplicationBatch.ofEncoded(
              reading.partition(), coalescer.finish(), BatchHandling.COALESCED, () -> {}));
    }
  }

  private void pass(Fetched fetched, ByteBuffer batch, BatchHandling handling, Receiver out) {
    Reading reading = fetched.reading();
    if (!reading.isFlowing()) {
      return;
    }
    reading.moveTo(BatchHeader.nextOffset(batch, 0));
    Received holder = fetched.holder();
    if (holder == null || memory.isCopying()) {
      out.batch(
          ReplicationBatch.ofEncoded(
              reading.partition(), Fetched.copyOf(batch), handling, () -> {}));
    } else {
      out.batch(
          ReplicationBatch.ofEncoded(
              reading.partition(), batch, handling, memory.lend(holder, batch.remaining())));
    }
  }

  private static void handOn(
      Reading reading,
      List<ReplicationRecord> records,
      BatchHandling handling,
      long next,
      Receiver out) {
    long position = reading.position();
    List<ReplicationRecord> wanted =
        records.get(0).offset() >= position
            ? records
            : records.stream().filter(record -> record.offset() >= position).toList();
    reading.moveTo(next);
    if (!wanted.isEmpty()) {
      out.batch(ReplicationBatch.of(reading.partition(), wanted, handling));
    }
  }

  private static void advance(Reading reading, long next) {
    if (reading.isFlowing()) {
      reading.moveTo(Math.max(next, reading.position()));
    }
  }
}
