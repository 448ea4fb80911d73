package dev.twinlog.internal.kafka.records.idempotent;

import dev.twinlog.internal.kafka.cluster.TargetTopics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;

/**
 * The producers of one writer: one per codec in use, and those that are being closed.
 *
 * <p>Confined to the writer thread.
 */
final class ProducerSlots {
  /**
   * How long a retired producer may be used by routes that were not abandoned. What they have in
   * flight is answered within that, or the cluster is failing; then it is sent again.
   */
  private static final Duration RETIREMENT = Duration.ofSeconds(3);

  /** Extra time for a producer that was closed by force. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private final TargetTopics topics;
  private final Function<String, Producer<byte[], byte[]>> producers;
  private final Map<String, ProducerSlot> current = new HashMap<>();
  private final List<ProducerSlot> leaving = new ArrayList<>();

  private final ThreadFactory closers;

  ProducerSlots(
      TargetTopics topics,
      Function<String, Producer<byte[], byte[]>> producers,
      ThreadFactory closers) {
    this.topics = topics;
    this.producers = producers;
    this.closers = closers;
  }

  /** Returns a producer for a route of this topic, created if necessary. */
  ProducerSlot slotFor(String topic) {
    String codec = topics.codec(topic);
    ProducerSlot slot = current.get(codec);
    if (slot != null && !slot.isRetired() && slot.death() == null) {
      return slot;
    }
    if (slot != null) {
      leaving.add(slot);
      current.remove(codec);
    }
    ProducerSlot made = new ProducerSlot(codec, producers.apply(codec), closers);
    current.put(codec, made);
    return made;
  }

  /**
   * Returns how many partitions the topic has as far as the producer knows; 0 if it has no
   * metadata.
   */
  int partitions(ProducerSlot slot, String topic) {
    try {
      return slot.producer().partitionsFor(topic).size();
    } catch (KafkaException | IllegalStateException e) {
      return 0;
    }
  }

  /** Stops using this producer for routes that are not on it yet. */
  void retire(ProducerSlot slot, long nowNanos) {
    slot.retire(nowNanos);
    if (current.remove(slot.codec(), slot)) {
      leaving.add(slot);
    }
  }

  /**
   * Closes producers that are dead, and retired ones: as soon as only abandoned routes use them, or
   * after {@link #RETIREMENT} in any case, so that an abandoned route always ends.
   *
   * @return whether there was any
   */
  boolean sweep(Iterable<RouteQueue> routes, long nowNanos) {
    for (Iterator<ProducerSlot> slots = current.values().iterator(); slots.hasNext(); ) {
      ProducerSlot slot = slots.next();
      if (slot.death() != null) {
        slots.remove();
        leaving.add(slot);
      }
    }
    if (leaving.isEmpty()) {
      return false;
    }
    for (Iterator<ProducerSlot> slots = leaving.iterator(); slots.hasNext(); ) {
      ProducerSlot slot = slots.next();
      if (slot.isClosed()) {
        slots.remove();
      } else if (slot.death() != null) {
        slot.close(Duration.ZERO);
      } else if (isDrained(slot, routes)
          || slot.retiredForNanos(nowNanos) >= RETIREMENT.toNanos()) {
        slot.kill("a route of the same producer was abandoned");
      }
    }
    return true;
  }

  /** Returns how long until {@link #sweep} is due. */
  long nanosToSweep(long nowNanos) {
    long nanos = Long.MAX_VALUE;
    for (ProducerSlot slot : leaving) {
      if (slot.death() == null) {
        long left = RETIREMENT.toNanos() - slot.retiredForNanos(nowNanos);
        nanos = Math.min(nanos, Math.max(0, left));
      }
    }
    return nanos;
  }

  private static boolean isDrained(ProducerSlot slot, Iterable<RouteQueue> routes) {
    for (RouteQueue route : routes) {
      if (route.slot() == slot && !route.isAbandoned() && route.inFlight() > 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Closes all producers at the same time, by force those that can't finish within {@code timeout}.
   *
   * @return whether all have ended
   */
  boolean close(Duration timeout) {
    leaving.addAll(current.values());
    current.clear();
    for (ProducerSlot slot : leaving) {
      slot.close(slot.isRetired() || slot.death() != null ? Duration.ZERO : timeout);
    }
    long deadline = System.nanoTime() + timeout.plus(LAST_WORDS).toNanos();
    boolean ended = true;
    for (ProducerSlot slot : leaving) {
      ended &= slot.awaitClosed(Math.max(0, deadline - System.nanoTime()));
    }
    leaving.clear();
    return ended;
  }
}
