package dev.twinlog.internal.kafka.records;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;

/**
 * The producers of one writer: one per codec in use, and those that are on their way out.
 *
 * <p>Confined to the writer thread.
 */
final class ProducerSlots {
  private final TargetTopics topics;
  private final Function<String, Producer<byte[], byte[]>> producers;
  private final Map<String, ProducerSlot> current = new HashMap<>();
  private final List<ProducerSlot> leaving = new ArrayList<>();

  ProducerSlots(TargetTopics topics, Function<String, Producer<byte[], byte[]>> producers) {
    this.topics = topics;
    this.producers = producers;
  }

  /** A producer for a route of this topic; made if need be. */
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
    ProducerSlot made = new ProducerSlot(codec, producers.apply(codec));
    current.put(codec, made);
    return made;
  }

  /** How many partitions the producer believes the topic to have; 0 if it knows nothing of it. */
  int partitions(ProducerSlot slot, String topic) {
    try {
      return slot.producer().partitionsFor(topic).size();
    } catch (KafkaException | IllegalStateException e) {
      return 0;
    }
  }

  /** Takes no new route on this producer. */
  void retire(ProducerSlot slot) {
    slot.retire();
    if (current.remove(slot.codec(), slot)) {
      leaving.add(slot);
    }
  }

  /** Closes retired producers that no living route uses any more. */
  void closeDrained(Iterable<RouteQueue> routes) {
    for (Iterator<ProducerSlot> slots = leaving.iterator(); slots.hasNext(); ) {
      ProducerSlot slot = slots.next();
      if (slot.death() != null) {
        slots.remove();
        // joins the I/O thread, which is ending by itself
        slot.close(Duration.ZERO);
      } else if (slot.isRetired() && isDrained(slot, routes)) {
        slot.kill("a route of the same producer was given up");
        slots.remove();
      }
    }
  }

  boolean areLeaving() {
    return !leaving.isEmpty();
  }

  private static boolean isDrained(ProducerSlot slot, Iterable<RouteQueue> routes) {
    for (RouteQueue route : routes) {
      if (route.slot() == slot && !route.isAbandoned() && route.underWay() > 0) {
        return false;
      }
    }
    return true;
  }

  /** Closes all producers; those that can't finish within {@code timeout} by force. */
  void close(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    leaving.addAll(current.values());
    current.clear();
    for (ProducerSlot slot : leaving) {
      long left = Math.max(0, deadline - System.nanoTime());
      slot.close(slot.isRetired() || slot.death() != null ? Duration.ZERO : Duration.ofNanos(left));
    }
    leaving.clear();
  }
}
