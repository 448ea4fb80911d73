package dev.twinlog.testkit.internal.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Polls a reader, keeps what it delivers, and checks what must hold for every reader. */
public final class ReaderProbe implements SourceReader.Receiver, AutoCloseable {
  public record Gap(long from, long to, GapCause cause) {}

  private static final Duration SLICE = Duration.ofMillis(50);

  private final SourceReader reader;
  private final Duration patience;
  private final Map<TopicPartition, List<ReplicationRecord>> records = new HashMap<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  private final Map<TopicPartition, Gap> gaps = new HashMap<>();
  private final Map<TopicPartition, ReplicationException> failures = new HashMap<>();
  private final Map<TopicPartition, RetriableException> silences = new HashMap<>();
  private final Map<TopicPartition, Integer> reportedSilences = new HashMap<>();
  private @Nullable Thread polling;
  private Runnable onBatch = () -> {};

  public ReaderProbe(Source source, Duration patience) {
    this(source.openReader(new KitContext("contract", 0)), patience);
  }

  public ReaderProbe(SourceReader reader, Duration patience) {
    this.reader = reader;
    this.patience = patience;
  }

  public SourceReader reader() {
    return reader;
  }

  /** Sets an action that runs within the poll after each batch. */
  public void onBatch(Runnable action) {
    onBatch = action;
  }

  public void assign(TopicPartition partition, long offset) {
    begin(partition, offset);
    reader.assign(Map.of(partition, offset));
  }

  /** Only for a reader that compares leader epochs. */
  public void assign(TopicPartition partition, SourcePosition position) {
    begin(partition, position.offset());
    ((EpochSourceReader) reader).assignAt(Map.of(partition, position));
  }

  private void begin(TopicPartition partition, long offset) {
    gaps.remove(partition);
    failures.remove(partition);
    silences.remove(partition);
    reportedSilences.remove(partition);
    records.remove(partition);
    ends.remove(partition);
    next.put(partition, offset);
  }

  public void poll(Duration maxWait) {
    polling = Thread.currentThread();
    reader.poll(maxWait, this);
    polling = null;
  }

  public void pollUntil(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not within " + patience + ": " + what + "; so far " + this);
      }
      poll(SLICE);
    }
  }

  public void pollUntilRead(TopicPartition partition, int count) {
    pollUntil(
        "%d records of %s".formatted(count, partition), () -> records(partition).size() >= count);
  }

  public void pollUntilEnd(TopicPartition partition) {
    pollUntil("the end of " + partition, () -> atEnd(partition));
  }

  /** Polls for a while; fails if the reader delivers anything of a partition. */
  public void pollNothingFor(Duration time) {
    long deadline = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - deadline < 0) {
      poll(SLICE);
    }
  }

  public List<ReplicationRecord> records(TopicPartition partition) {
    return records.getOrDefault(partition, List.of());
  }

  public boolean atEnd(TopicPartition partition) {
    return ends.containsKey(partition) && ends.get(partition).equals(next.get(partition));
  }

  public long next(TopicPartition partition) {
    return next.getOrDefault(partition, -1L);
  }

  /** The cause for which the reader is retrying the partition; null while it isn't. */
  public @Nullable RetriableException silence(TopicPartition partition) {
    return silences.get(partition);
  }

  /** How often the reader reported that since the assignment. */
  public int reportedSilences(TopicPartition partition) {
    return reportedSilences.getOrDefault(partition, 0);
  }

  public @Nullable Gap gap(TopicPartition partition) {
    return gaps.get(partition);
  }

  public @Nullable ReplicationException failure(TopicPartition partition) {
    return failures.get(partition);
  }

  @Override
  public void batch(ReplicationBatch batch) {
    TopicPartition partition = batch.partition();
    checkCall(partition);
    long due = next(partition);
    assertTrue(
        batch.firstOffset() >= due, () -> "offset " + due + " or later was due, but came " + batch);
    assertEquals(batch.recordCount(), batch.records().size(), "record count of " + batch);
    long previous = batch.firstOffset() - 1;
    for (ReplicationRecord record : batch.records()) {
      assertTrue(record.offset() > previous, "offsets ascend in " + batch);
      assertTrue(record.timestamp() <= batch.maxTimestamp(), "max timestamp of " + batch);
      previous = record.offset();
    }
    assertTrue(previous < batch.nextOffset(), "next offset of " + batch);
    records.computeIfAbsent(partition, any -> new ArrayList<>()).addAll(batch.records());
    next.put(partition, batch.nextOffset());
    silences.remove(partition);
    onBatch.run();
  }

  @Override
  public void position(TopicPartition partition, long position, long end) {
    checkCall(partition);
    assertTrue(position >= next(partition), "the position of " + partition + " went back");
    next.put(partition, position);
    ends.put(partition, end);
    silences.remove(partition);
  }

  @Override
  public void position(TopicPartition partition, long position, long end, long highWatermark) {
    assertTrue(
        highWatermark == -1 || highWatermark >= end,
        "the high watermark of " + partition + " was below its end");
    position(partition, position, end);
  }

  @Override
  public void retrying(TopicPartition partition, RetriableException cause) {
    checkCall(partition);
    silences.put(partition, cause);
    reportedSilences.merge(partition, 1, Integer::sum);
    ends.remove(partition); // it is valid only while the leader answers
  }

  @Override
  public void gap(TopicPartition partition, long from, long to, GapCause cause) {
    checkCall(partition);
    gaps.put(partition, new Gap(from, to, cause));
  }

  @Override
  public void failed(TopicPartition partition, ReplicationException cause) {
    checkCall(partition);
    failures.put(partition, cause);
  }

  private void checkCall(TopicPartition partition) {
    assertSame(Thread.currentThread(), polling, "a receiver is called by the thread that polls");
    assertTrue(next.containsKey(partition), partition + " was never assigned");
    assertTrue(
        !gaps.containsKey(partition) && !failures.containsKey(partition),
        partition + " delivers nothing after a gap or a failure until it is assigned again");
  }

  @Override
  public void close() {
    reader.close();
  }

  @Override
  public String toString() {
    Map<TopicPartition, Integer> counts = new HashMap<>();
    records.forEach((partition, read) -> counts.put(partition, read.size()));
    return "records %s, next %s, ends %s, gaps %s, failures %s, retrying %s"
        .formatted(counts, next, ends, gaps, failures, silences);
  }
}
