package dev.twinlog.testkit.simulator.model;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A leader's producer state: Kafka's {@code ProducerStateManager} and {@code ProducerAppendInfo}.
 *
 * <p>It has the epoch and the last five batches of each producer, until the greatest timestamp of
 * the last batch, or the time of a later marker, is older than the producer id expiration at a
 * check. It accepts any epoch and any sequence of a producer that it doesn't know.
 */
final class ProducerMemory {
  private static final int BATCHES = 5;

  /** A remembered batch: another one with the same sequences is a duplicate. */
  record Remembered(int firstSequence, int lastSequence, long baseOffset, long lastOffset) {}

  private static final class Producer {
    private short epoch = -1;
    private int coordinatorEpoch = -1;
    private long lastTimestamp = -1;
    private final ArrayDeque<Remembered> batches = new ArrayDeque<>();

    private Producer copyOfLast() {
      Producer copy = new Producer();
      copy.epoch = epoch;
      copy.coordinatorEpoch = coordinatorEpoch;
      copy.lastTimestamp = lastTimestamp;
      if (!batches.isEmpty()) {
        copy.batches.add(batches.getLast());
      }
      return copy;
    }

    private void reach(short newEpoch) {
      if (epoch != newEpoch) {
        batches.clear();
        epoch = newEpoch;
      }
    }
  }

  private Map<Long, Producer> producers = new HashMap<>();

  /** The batch that these bytes would repeat, if it is still remembered. */
  @Nullable Remembered duplicate(ModelBatch batch) {
    Producer known = producers.get(batch.producerId());
    if (known == null || known.epoch != batch.epoch()) {
      return null;
    }
    for (Remembered one : known.batches) {
      if (one.firstSequence() == batch.firstSequence()
          && one.lastSequence() == batch.lastSequence()) {
        return one;
      }
    }
    return null;
  }

  /** Why a client's batch is refused. */
  Errors check(ModelBatch batch) {
    Producer known = producers.get(batch.producerId());
    if (batch.producerId() < 0 || known == null) {
      return Errors.NONE;
    }
    if (batch.epoch() < known.epoch) {
      return Errors.INVALID_PRODUCER_EPOCH;
    }
    int sequence = batch.firstSequence();
    if (batch.epoch() > known.epoch) {
      return sequence == 0 ? Errors.NONE : Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
    }
    int last = known.batches.isEmpty() ? -1 : known.batches.getLast().lastSequence();
    boolean follows = sequence == last + 1L || (sequence == 0 && last == Integer.MAX_VALUE);
    return follows ? Errors.NONE : Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
  }

  /**
   * Why a marker is refused. (KIP-890 asks for more where the partition has records of an open
   * transaction, which it never has here.)
   */
  Errors check(ModelBatch.Marker marker) {
    Producer known = producers.get(marker.producerId());
    if (known == null) {
      return Errors.NONE;
    }
    if (marker.epoch() < known.epoch) {
      return Errors.INVALID_PRODUCER_EPOCH;
    }
    return known.coordinatorEpoch > marker.coordinatorEpoch()
        ? Errors.TRANSACTION_COORDINATOR_FENCED
        : Errors.NONE;
  }

  /** Updates the state for a batch that was appended. */
  void appended(ModelBatch batch) {
    if (batch.producerId() < 0) {
      return;
    }
    Producer producer = producers.computeIfAbsent(batch.producerId(), id -> new Producer());
    producer.reach(batch.epoch());
    producer.lastTimestamp = batch.maxTimestamp();
    if (batch.isControl()) {
      producer.coordinatorEpoch = batch.coordinatorEpoch();
      return;
    }
    if (producer.batches.size() == BATCHES) {
      producer.batches.removeFirst();
    }
    producer.batches.addLast(
        new Remembered(
            batch.firstSequence(), batch.lastSequence(), batch.baseOffset(), batch.lastOffset()));
  }

  /** Forgets producers that are too old, by the timestamps of their records. */
  void expire(long nowMs, long memoryMs) {
    producers.values().removeIf(producer -> nowMs - producer.lastTimestamp >= memoryMs);
  }

  /**
   * Rebuilds the state as a broker does that starts or has truncated its log: from a snapshot,
   * which has only the last batch of each producer and of which expired producers are not loaded,
   * and from the batches of the log after it.
   *
   * @param before the log before the snapshot
   * @param behind the log after the snapshot
   */
  void reload(List<ModelBatch> before, List<ModelBatch> behind, long nowMs, long memoryMs) {
    producers = new HashMap<>();
    before.forEach(this::appended);
    Map<Long, Producer> loaded = new LinkedHashMap<>();
    producers.forEach((id, producer) -> loaded.put(id, producer.copyOfLast()));
    producers = new HashMap<>(loaded);
    expire(nowMs, memoryMs);
    behind.forEach(this::appended);
  }

  /** Whether this is the last batch of its producer in the state: then the cleaner keeps it. */
  boolean isLast(ModelBatch batch) {
    Producer known = producers.get(batch.producerId());
    return known != null
        && !known.batches.isEmpty()
        && known.batches.getLast().lastOffset() == batch.lastOffset();
  }
}
