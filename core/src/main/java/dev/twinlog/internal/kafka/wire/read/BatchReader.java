package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.GapFinder;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.wire.net.ClusterView;
import dev.twinlog.internal.kafka.wire.net.Connections;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.read.FetchSession.KnownEnd;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads partitions as whole batches, straight from their leaders, read-committed.
 *
 * <p>An end counts only while it was heard: a partition of which no good answer came for three
 * {@code fetch.max.wait.ms} and half a {@code request.timeout.ms} is told as retrying.
 *
 * <p>A poll delivers what has arrived, then asks for more and waits for it; so a partition that the
 * engine pauses after a poll, or while it takes a batch, is not asked for again. Nothing is sent
 * but one fetch per broker, which the broker answers when it has something: an idle reader wakes
 * twice a second.
 *
 * <p>Confined to the lane's reader thread, except {@link #wakeup()}.
 */
public final class BatchReader implements EpochSourceReader {
  private static final long LONGEST_NANOS = Duration.ofDays(1).toNanos();

  private final Map<TopicPartition, Reading> readings = new HashMap<>();
  private final EpochHistories histories;
  private final Set<TopicPartition> paused = new HashSet<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final KafkaErrors errors;
  private final Connections connections;
  private final ClusterView view;
  private final GapFinder gaps;
  private final Fetches fetches;
  private final Delivery delivery;
  private final Routing routing;
  private final Hearing hearing;

  /**
   * A reader without partitions; connects to nothing yet.
   *
   * @param offsets asked for the ends of a log that a position lies outside of
   * @param histories of the source, with what former readers have read
   * @param errors of the source cluster
   * @throws KafkaException if the properties of the connections can't be used
   */
  BatchReader(
      NetSettings net,
      ReadSettings settings,
      PartitionOffsets offsets,
      EpochHistories histories,
      KafkaErrors errors) {
    this(net, settings, offsets, histories, errors, new ReceivePool(settings.boundBytes() / 4));
  }

  /** The same with buffers of a pool that no other reader uses. */
  BatchReader(
      NetSettings net,
      ReadSettings settings,
      PartitionOffsets offsets,
      EpochHistories histories,
      KafkaErrors errors,
      ReceivePool pool) {
    this.errors = errors;
    this.histories = histories;
    this.connections = new Connections(net, pool);
    this.view = new ClusterView(connections, net);
    this.gaps = new GapFinder(offsets, errors, connections::wakeup);
    FetchMemory memory = new FetchMemory(pool, settings.boundBytes(), connections::wakeup);
    FetchSize size = new FetchSize(pool, settings.fetchBytes());
    this.fetches = new Fetches(connections, view, memory, size, settings);
    BatchSorter sorter = new BatchSorter(settings.coalesce(), memory);
    this.delivery = new Delivery(fetches, sorter, gaps, errors, settings);
    this.routing = new Routing(view, fetches, delivery);
    long patience = 3L * Duration.ofMillis(settings.maxWaitMs()).toNanos() + net.requestNanos() / 2;
    this.hearing = new Hearing(fetches, view, connections, errors, patience);
  }

  /** Opens a reader of one lane. */
  public static SourceReader open(
      ClientSettings client,
      PartitionOffsets offsets,
      EpochHistories histories,
      KafkaErrors errors,
      PluginContext context) {
    String role = "reader-%s-%d".formatted(context.link(), context.lane());
    return new BatchReader(
        NetSettings.of(client.connections(role)),
        ReadSettings.of(client, context.maxInFlightBytes()),
        offsets,
        histories,
        errors);
  }

  @Override
  public void assign(Map<TopicPartition, Long> positions) {
    Map<TopicPartition, SourcePosition> unknown = new HashMap<>();
    positions.forEach(
        (partition, position) ->
            unknown.put(partition, new SourcePosition(position, OptionalInt.empty())));
    assignAt(unknown);
  }

  @Override
  public void assignAt(Map<TopicPartition, SourcePosition> positions) {
    gaps.forget(positions.keySet());
    positions.forEach(
        (partition, position) -> {
          end(readings.get(partition));
          Epochs epochs = histories.of(partition);
          long offset = position.offset();
          Reading reading = new Reading(partition, offset, epochs, routing.questionOfNow());
          position.leaderEpoch().ifPresent(epoch -> epochs.know(offset, epoch));
          reading.paused = paused.contains(partition);
          readings.put(partition, reading);
          view.follow(Set.of(partition.topic()));
        });
    view.refresh();
  }

  private void end(@Nullable Reading reading) {
    if (reading != null) {
      delivery.end(reading);
    }
  }

  @Override
  public OptionalInt leaderEpoch(TopicPartition partition, long offset) {
    Reading reading = readings.get(partition);
    int epoch = reading == null ? Epochs.UNKNOWN : reading.epochs().before(offset);
    return epoch == Epochs.UNKNOWN ? OptionalInt.empty() : OptionalInt.of(epoch);
  }

  @Override
  public void release(Set<TopicPartition> partitions) {
    gaps.forget(partitions);
    paused.removeAll(partitions);
    Set<String> topics = new HashSet<>();
    for (TopicPartition partition : partitions) {
      Reading reading = readings.remove(partition);
      end(reading);
      topics.add(partition.topic());
    }
    readings.keySet().forEach(left -> topics.remove(left.topic()));
    view.forget(topics);
  }

  @Override
  public void pause(Set<TopicPartition> partitions) {
    paused.addAll(partitions);
    for (TopicPartition partition : partitions) {
      Reading reading = readings.get(partition);
      if (reading != null) {
        reading.paused = true;
        fetches.changed(reading);
      }
    }
  }

  @Override
  public void resume(Set<TopicPartition> partitions) {
    paused.removeAll(partitions);
    for (TopicPartition partition : partitions) {
      Reading reading = readings.get(partition);
      if (reading != null && reading.paused) {
        reading.paused = false;
        reading.heardAt = System.nanoTime(); // nobody asked for it meanwhile
        fetches.resume(reading, delivery.takeKept(reading));
      }
    }
  }

  @Override
  public void poll(Duration maxWait, Receiver out) {
    long start = System.nanoTime();
    long budget = maxWait.compareTo(Duration.ofDays(1)) < 0 ? maxWait.toNanos() : LONGEST_NANOS;
    boolean last = woken.getAndSet(false);
    try {
      while (true) {
        long left = last ? 0 : Math.max(0, budget - (System.nanoTime() - start));
        boolean delivered = pollOnce(left, out);
        // whoever interrupts this thread wants it to end
        if (delivered
            || left == 0
            || woken.getAndSet(false)
            || Thread.currentThread().isInterrupted()) {
          return;
        }
      }
    } catch (KafkaException e) {
      throw errors.client("fetch", e);
    }
  }

  private boolean pollOnce(long nanos, Receiver out) {
    boolean delivered = deliver(out);
    view.step();
    delivered |= routing.route(readings.values(), out);
    delivered |= hearing.look(readings.values(), out);
    long now = System.nanoTime();
    fetches.send(now);
    long wait = delivered || woken.get() ? 0 : Math.min(nanos, nanosToNext(now));
    connections.poll(wait);
    return deliver(out) || delivered;
  }

  private long nanosToNext(long now) {
    long nanos = Math.min(view.nanosToNext(), fetches.nanosToNext(now));
    nanos = Math.min(nanos, routing.nanosToNext(now));
    return readings.isEmpty() ? nanos : Math.min(nanos, hearing.nanosToNext(now));
  }

  private boolean deliver(Receiver out) {
    boolean delivered = gaps.deliver(out);
    for (Fetched next = fetches.nextArrived(); next != null; next = fetches.nextArrived()) {
      try {
        delivered |= delivery.deliver(next, out);
      } finally {
        next.release();
      }
    }
    for (KnownEnd next = fetches.nextEnd(); next != null; next = fetches.nextEnd()) {
      if (next.end() >= next.reading().position()) {
        delivered |= delivery.tell(next.reading(), next.end(), next.highWatermark(), out);
      }
    }
    return delivered;
  }

  @Override
  public void wakeup() {
    woken.set(true);
    connections.wakeup();
  }

  @Override
  public void close() {
    gaps.close();
    connections.close();
    fetches.close();
  }
}
