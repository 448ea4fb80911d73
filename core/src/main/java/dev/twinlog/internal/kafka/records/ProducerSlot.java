package dev.twinlog.internal.kafka.records;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * One producer and what became of it: in use, <em>retired</em> (its routes leave as soon as nothing
 * of theirs is under way) or <em>dead</em> (closed by force; everything under way fails).
 *
 * <p>Thread-safe. A slot dies once, on whatever thread finds the reason first.
 */
final class ProducerSlot {
  private final String codec;
  private final Producer<byte[], byte[]> producer;
  private final AtomicReference<@Nullable String> death = new AtomicReference<>();
  private volatile boolean retired;

  ProducerSlot(String codec, Producer<byte[], byte[]> producer) {
    this.codec = codec;
    this.producer = producer;
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

  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  /** Why everything that was under way failed; null while the producer lives. */
  @Nullable String death() {
    return death.get();
  }

  /**
   * Closes the producer so that it sends nothing more.
   *
   * <p>On the producer's I/O thread (that is, in a callback) this only sets its flags: the sender
   * sees them when it is back in its loop, and between the callback and the loop it sends nothing
   * that the broker would take. A batch can only be drained in the same turn before an
   * <em>expired</em> one's callback; it has its sequence number then, behind the expired one's, and
   * the broker refuses the hole. On any other thread it returns when the I/O thread has ended,
   * which takes milliseconds.
   *
   * @return whether this call did it
   */
  boolean kill(String reason) {
    if (!death.compareAndSet(null, reason)) {
      return false;
    }
    close(Duration.ZERO);
    return true;
  }

  /** Closes the producer, letting it finish within {@code timeout}; repeated calls do no harm. */
  void close(Duration timeout) {
    try {
      producer.close(timeout);
    } catch (InterruptException e) {
      // the flag is restored by Kafka; the sender has been told and ends by itself
      Thread.currentThread().interrupt();
    }
  }
}
