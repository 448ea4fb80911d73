package dev.twinlog.internal.kafka.records.idempotent;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A producer and its state: in use, <em>retired</em> (its routes leave it as soon as nothing of
 * theirs is in flight) or <em>dead</em> (closed by force; everything in flight fails).
 *
 * <p>A producer is closed on a separate thread: closing waits for the producer's I/O thread without
 * a timeout, and that thread may be blocked by a DNS lookup or a login.
 *
 * <p>Thread-safe. A slot dies once, on the thread that finds the first reason.
 */
final class ProducerSlot {
  private static final Logger LOG = LoggerFactory.getLogger(ProducerSlot.class);

  private final String codec;
  private final Producer<byte[], byte[]> producer;
  private final ThreadFactory closers;
  private final AtomicReference<@Nullable String> death = new AtomicReference<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean retired;
  private volatile long retiredAtNanos;

  ProducerSlot(String codec, Producer<byte[], byte[]> producer, ThreadFactory closers) {
    this.codec = codec;
    this.producer = producer;
    this.closers = closers;
  }

  String codec() {
    return codec;
  }

  boolean compresses() {
    return !codec.equals("none");
  }

  Producer<byte[], byte[]> producer() {
    return producer;
  }

  void retire(long nowNanos) {
    if (!retired) {
      retiredAtNanos = nowNanos;
      retired = true;
    }
  }

  boolean isRetired() {
    return retired;
  }

  /** Returns how long it has been retired; 0 if it is not. */
  long retiredForNanos(long nowNanos) {
    return retired ? nowNanos - retiredAtNanos : 0;
  }

  /** Returns why everything in flight failed; null while the producer is alive. */
  @Nullable String death() {
    return death.get();
  }

  /**
   * Makes the producer send nothing more. Called in one of its callbacks, that is, on its I/O
   * thread, where closing only sets flags: the sender sees them when it is back in its loop, and
   * between the callback and the loop it sends nothing that the broker would accept. A batch can
   * only be drained in the same iteration before an <em>expired</em> one's callback; then its
   * sequence number follows the expired one's, and the broker refuses the gap.
   */
  void killInCallback(String reason) {
    if (death.compareAndSet(null, reason)) {
      closeProducer(Duration.ZERO);
    }
  }

  /**
   * Makes the producer send nothing more, from any other thread. Returns at once; the producer ends
   * within milliseconds, unless its I/O thread is blocked, and what is in flight fails then. Until
   * it has failed nothing else of its routes is sent.
   */
  void kill(String reason) {
    death.compareAndSet(null, reason);
    close(Duration.ZERO);
  }

  /**
   * Starts closing the producer, letting it finish within {@code timeout}; only the first call has
   * an effect. Must not be called in a callback.
   */
  void close(Duration timeout) {
    if (closing.compareAndSet(false, true)) {
      closers
          .newThread(
              () -> {
                try {
                  closeProducer(timeout);
                } finally {
                  closed.countDown();
                }
              })
          .start();
    }
  }

  private void closeProducer(Duration timeout) {
    try {
      producer.close(timeout);
    } catch (KafkaException e) {
      // interrupted (the flag is restored), or partly closed before; the producer ends in any case
      LOG.debug("closing a producer", e);
    }
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Waits until {@link #close} is done; returns whether it is. */
  boolean awaitClosed(long nanos) {
    try {
      return closed.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return isClosed();
    }
  }
}
