package dev.twinlog.internal.kafka.records;

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
 * One write of a route: the records, how many of them were handed to the producer, and the callback
 * that all of them share.
 *
 * <p>What is sent is confined to the writer thread, what is acknowledged to the producer's I/O
 * thread; a write uses one producer at a time and changes it only when nothing of it is under way.
 */
final class PendingWrite implements Callback {
  private final RouteQueue queue;
  private final List<ReplicationRecord> records;
  private final CompletableFuture<WriteAck> stage = new CompletableFuture<>();
  private final TargetRuns runs = new TargetRuns();

  /** The producer's answers, record by record: callbacks say not which record they are for. */
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

  /** Everything was handed over; that is all there is to a write without records. */
  void allSent() {
    if (records.isEmpty()) {
      stage.complete(WriteAck.of(List.of()));
    }
  }

  /** The record to send next. */
  ReplicationRecord next() {
    return records.get(sent);
  }

  /**
   * Hands the next record to the producer.
   *
   * @return null if the producer took it; otherwise why it did not, and then nothing was sent
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
    // a producer that can't take a record calls back inside send(), on the thread that sends
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

  /** Fails, and says what landed before the first record that did not. Any thread. */
  void fail(ReplicationException cause) {
    if (stage.isDone()) {
      return;
    }
    TargetRuns landed = new TargetRuns();
    int count = 0;
    for (; count < records.size() - 1; count++) {
      OptionalLong offset = landedAt(count);
      if (offset.isEmpty()) {
        break;
      }
      landed.add(offset.getAsLong());
    }
    fail(cause, count, landed);
  }

  /**
   * Fails before its next record, with nothing of the route under way: all that was sent has landed
   * then, or the write had failed before. Writer thread.
   *
   * <p>The producer calls back before it completes its futures, so these may not say so yet.
   */
  void failAtRest(ReplicationException cause) {
    if (failed > 0) {
      fail(cause);
    } else if (!stage.isDone()) {
      fail(cause, sent, runs);
    }
  }

  private void fail(ReplicationException cause, int count, TargetRuns landed) {
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
   * The target offset of a record that was acknowledged, −1 if the broker did not say; or empty.
   */
  private OptionalLong landedAt(int index) {
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
