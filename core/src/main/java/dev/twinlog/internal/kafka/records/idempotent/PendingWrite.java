package dev.twinlog.internal.kafka.records.idempotent;

import dev.twinlog.internal.kafka.records.common.TargetOffsetRuns;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.WriteAck;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * One write of a route: its records, how many of them were passed to the producer, and the callback
 * that all of them share.
 *
 * <p>Sending is confined to the writer thread, acknowledging to the producer's I/O thread; a write
 * uses one producer at a time and changes it only when nothing of it is in flight.
 */
final class PendingWrite implements Callback {
  private final RouteQueue queue;
  private final List<ReplicationRecord> records;
  private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
  private final TargetOffsetRuns runs = new TargetOffsetRuns();

  /** The producer's answers, record by record: a callback does not name its record. */
  private final AtomicReferenceArray<@Nullable Future<RecordMetadata>> answers;

  // writer thread
  private int sent;
  private @Nullable Thread sending;
  private @Nullable Exception refusedAtOnce;

  // I/O thread
  private int acknowledged;
  private int failed;

  PendingWrite(RouteQueue queue, List<ReplicationRecord> records) {
    this.queue = queue;
    this.records = records;
    this.answers = new AtomicReferenceArray<>(records.size());
  }

  CompletableFuture<WriteAck> stage() {
    return stage;
  }

  boolean isSent() {
    return sent == records.size();
  }

  boolean isStarted() {
    return sent > 0;
  }

  /** Completes a write without records; the others complete with their last acknowledgement. */
  void allSent() {
    if (records.isEmpty()) {
      stage.complete(WriteAck.of(List.of()));
    }
  }

  /** Returns the record to send next. */
  ReplicationRecord next() {
    return records.get(sent);
  }

  /**
   * Passes the next record to the producer.
   *
   * @return null if the producer accepted it; otherwise why not, and then nothing was sent
   */
  @Nullable Exception sendNext(
      Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    refusedAtOnce = null;
    sending = Thread.currentThread();
    try {
      answers.setRelease(sent, producer.send(record, this));
    } finally {
      sending = null;
    }
    Exception refused = refusedAtOnce;
    if (refused == null) {
      sent++;
    }
    return refused;
  }

  @Override
  public void onCompletion(RecordMetadata metadata, @Nullable Exception exception) {
    // a producer that can't accept a record calls back inside send(), on the sending thread
    if (exception != null && sending == Thread.currentThread()) {
      refusedAtOnce = exception;
      return;
    }
    if (exception != null) {
      // callbacks come in the order of the records
      int index = Math.min(acknowledged + failed++, records.size() - 1);
      queue.failed(this, records.get(index), exception);
      return;
    }
    runs.add(metadata.hasOffset() ? metadata.offset() : -1);
    acknowledged++;
    boolean last = acknowledged == records.size();
    queue.acknowledged();
    if (last) {
      stage.complete(runs.toAck(records));
    }
  }

  /**
   * Fails the write, with the offsets of the records before the first one that was not appended.
   * Any thread.
   */
  void fail(ReplicationException cause) {
    if (stage.isDone()) {
      return;
    }
    TargetOffsetRuns landed = new TargetOffsetRuns();
    int count = 0;
    for (; count < records.size() - 1; count++) {
      OptionalLong offset = appendedAt(count);
      if (offset.isEmpty()) {
        break;
      }
      landed.add(offset.getAsLong());
    }
    fail(cause, count, landed);
  }

  /**
   * Fails the write before its next record, with nothing of the route in flight: all that was sent
   * was appended, or the write had failed before. Writer thread.
   *
   * <p>The producer calls back before it completes its futures, so these may not be done yet.
   */
  void failAtRest(ReplicationException cause) {
    if (failed > 0) {
      fail(cause);
    } else if (!stage.isDone()) {
      fail(cause, sent, runs);
    }
  }

  private void fail(ReplicationException cause, int count, TargetOffsetRuns landed) {
    stage.completeExceptionally(
        count == 0
            ? cause
            : new PartialWriteException(
                cause,
                count,
                records.get(count).offset(),
                landed.toAck(records.subList(0, count)).runs()));
  }

  /**
   * Returns the target offset of an acknowledged record, −1 if the broker did not return it; empty
   * if it is not acknowledged.
   */
  private OptionalLong appendedAt(int index) {
    Future<RecordMetadata> answer = answers.getAcquire(index);
    if (answer == null || !answer.isDone()) {
      return OptionalLong.empty();
    }
    try {
      RecordMetadata metadata = answer.get();
      return OptionalLong.of(metadata.hasOffset() ? metadata.offset() : -1);
    } catch (ExecutionException e) {
      return OptionalLong.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it was done: nothing waited
      return OptionalLong.empty();
    }
  }
}
