package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.BufferingSinkWriter;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.FlushReason;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A driven writer of an in-memory sink: it queues writes until it is polled. Confined to one
 * thread, except {@link #wakeup()} and the stages, which complete where {@link InMemoryWriter}
 * completes them.
 */
public final class DrivenInMemoryWriter implements DrivenSinkWriter, BufferingSinkWriter {
  private static final Duration LONGEST_WAIT = Duration.ofDays(365);

  private record Queued(Route route, ReplicationBatch batch, CompletableFuture<WriteAck> stage) {}

  private final InMemoryWriter writer;
  private final ArrayDeque<Queued> queue = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean woken;

  public DrivenInMemoryWriter(InMemoryWriter writer) {
    this.writer = writer;
  }

  @Override
  public void open(Route route) {
    writer.open(route);
  }

  @Override
  public void abandon(Route route) {
    fail(route, "was abandoned");
    writer.abandon(route);
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    Queued queued = new Queued(route, batch, new CompletableFuture<>());
    queue.add(queued);
    return queued.stage();
  }

  @Override
  public void flush(FlushReason reason) {
    send();
    writer.flush(reason);
  }

  @Override
  public void poll(Duration maxWait) {
    if (send()) {
      return;
    }
    long nanos = (maxWait.compareTo(LONGEST_WAIT) < 0 ? maxWait : LONGEST_WAIT).toNanos();
    lock.lock();
    try {
      while (!woken && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      woken = false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void wakeup() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    fail(null, "was not sent before the writer closed");
    writer.close();
  }

  private boolean send() {
    boolean any = !queue.isEmpty();
    while (!queue.isEmpty()) {
      Queued next = queue.remove();
      writer
          .write(next.route(), next.batch())
          .whenComplete(
              (ack, error) -> {
                if (error != null) {
                  next.stage().completeExceptionally(error);
                } else {
                  next.stage().complete(ack);
                }
              });
    }
    return any;
  }

  private void fail(@Nullable Route route, String why) {
    List<Queued> failed = new ArrayList<>(queue);
    failed.removeIf(queued -> route != null && !queued.route().equals(route));
    queue.removeAll(failed);
    failed.forEach(
        queued ->
            queued
                .stage()
                .completeExceptionally(new RetriableException(queued.route() + " " + why)));
  }
}
