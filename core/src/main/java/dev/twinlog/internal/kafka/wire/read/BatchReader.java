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
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads partitions as whole batches from their leaders, read-committed.
 *
 * <p>A partition of which no successful answer came for three {@code fetch.max.wait.ms} and half a
 * {@code request.timeout.ms} is reported as retrying, since its known end may be out of date.
 *
 * <p>A poll delivers what has arrived, then sends fetches and waits for answers; so a partition
 * that the engine pauses after a poll, or while it takes a batch, is not fetched. Only one fetch
 * per broker is in flight, which the broker answers when it has data: an idle reader wakes twice a
 * second.
 *
 * <p>Confined to the lane's reader thread, except {@link #wakeup()}.
 */
public final class BatchReader implements EpochSourceReader {
  private static final long LONGEST_NANOS = Duration.ofDays(1).toNanos();

  private final Map<TopicPartition, AssignedPartition> assignments = new HashMap<>();
  private final LeaderEpochCaches epochCaches;
  private final Set<TopicPartition> paused = new HashSet<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final KafkaErrors errors;
  private final Connections connections;
  private final ClusterView view;
  private final GapFinder gaps;
  private final Fetcher fetcher;
  private final FetchResponseHandler responseHandler;
  private final LeaderTracker leaderTracker;
  private final SilentLeaderDetector silentLeaderDetector;

  /**
   * Creates a reader without partitions; connects to nothing yet.
   *
   * @param offsets looks up the ends of a log that does not contain a position
   * @param epochCaches leader epochs of the source, as far as earlier readers have read them
   * @param errors of the source cluster
   * @throws KafkaException if the properties of the connections can't be used
   */
  BatchReader(
      NetSettings net,
      ReadSettings settings,
      PartitionOffsets offsets,
      LeaderEpochCaches epochCaches,
      KafkaErrors errors) {
    this(net, settings, offsets, epochCaches, errors, new ReceivePool(), wait -> {});
  }

  /**
   * As above.
   *
   * @param pool a buffer pool that no other reader uses
   * @param throttled receives how long a broker has told the reader to wait
   */
  BatchReader(
      NetSettings net,
      ReadSettings settings,
      PartitionOffsets offsets,
      LeaderEpochCaches epochCaches,
      KafkaErrors errors,
      ReceivePool pool,
      Consumer<Duration> throttled) {
    this.errors = errors;
    this.epochCaches = epochCaches;
    this.connections = new Connections(net, pool);
    this.view = new ClusterView(connections, net);
    this.gaps = new GapFinder(offsets, errors, connections::wakeup);
    FetchMemory memory = new FetchMemory(pool, settings.boundBytes(), connections::wakeup);
    FetchSize size = new FetchSize(pool, settings.fetchBytes());
    this.fetcher = new Fetcher(connections, view, memory, size, settings, throttled);
    BatchDispatcher dispatcher = new BatchDispatcher(settings.coalesce(), memory);
    this.responseHandler = new FetchResponseHandler(fetcher, dispatcher, gaps, errors, settings);
    this.leaderTracker = new LeaderTracker(view, fetcher, responseHandler);
    long patience = 3L * Duration.ofMillis(settings.maxWaitMs()).toNanos() + net.requestNanos() / 2;
    this.silentLeaderDetector =
        new SilentLeaderDetector(fetcher, view, connections, errors, patience);
  }

  /** Creates the reader of one lane. */
  public static SourceReader open(
      ClientSettings client,
      PartitionOffsets offsets,
      LeaderEpochCaches epochCaches,
      KafkaErrors errors,
      PluginContext context) {
    String role = "reader-%s-%d".formatted(context.link(), context.lane());
    ReadSettings settings = ReadSettings.of(client, context.maxInFlightBytes());
    return new BatchReader(
        netSettings(client, role, errors),
        settings,
        offsets,
        epochCaches,
        errors,
        new ReceivePool(),
        context::throttledByBroker);
  }

  private static NetSettings netSettings(ClientSettings client, String role, KafkaErrors errors) {
    try {
      return NetSettings.of(client.connections(role));
    } catch (KafkaException e) {
      throw errors.link("connect", e);
    }
  }

  /**
   * Creates a reader that belongs to no lane, and returns every batch as it is in the log.
   *
   * @param maxBytes as {@link PluginContext#maxInFlightBytes()}
   */
  public static SourceReader ofStoredBatches(
      ClientSettings client, PartitionOffsets offsets, KafkaErrors errors, long maxBytes) {
    String role = "logs-%06x".formatted(ThreadLocalRandom.current().nextInt(1 << 24));
    return new BatchReader(
        netSettings(client, role, errors),
        ReadSettings.of(client, maxBytes).withoutCoalescing(),
        offsets,
        new LeaderEpochCaches(),
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
          end(assignments.get(partition));
          LeaderEpochCache epochs = epochCaches.of(partition);
          long offset = position.offset();
          AssignedPartition assigned =
              new AssignedPartition(partition, offset, epochs, leaderTracker.nextMetadataRequest());
          position.leaderEpoch().ifPresent(epoch -> epochs.addKnown(offset, epoch));
          assigned.paused = paused.contains(partition);
          assignments.put(partition, assigned);
          view.follow(Set.of(partition.topic()));
        });
    view.refresh();
  }

  private void end(@Nullable AssignedPartition assigned) {
    if (assigned != null) {
      responseHandler.end(assigned);
    }
  }

  @Override
  public OptionalInt leaderEpoch(TopicPartition partition, long offset) {
    AssignedPartition assigned = assignments.get(partition);
    int epoch = assigned == null ? LeaderEpochCache.UNKNOWN : assigned.epochs().before(offset);
    return epoch == LeaderEpochCache.UNKNOWN ? OptionalInt.empty() : OptionalInt.of(epoch);
  }

  @Override
  public void release(Set<TopicPartition> partitions) {
    gaps.forget(partitions);
    paused.removeAll(partitions);
    Set<String> topics = new HashSet<>();
    for (TopicPartition partition : partitions) {
      AssignedPartition assigned = assignments.remove(partition);
      end(assigned);
      topics.add(partition.topic());
    }
    assignments.keySet().forEach(left -> topics.remove(left.topic()));
    view.forget(topics);
  }

  @Override
  public void pause(Set<TopicPartition> partitions) {
    paused.addAll(partitions);
    for (TopicPartition partition : partitions) {
      AssignedPartition assigned = assignments.get(partition);
      if (assigned != null) {
        assigned.paused = true;
        fetcher.changed(assigned);
      }
    }
  }

  @Override
  public void resume(Set<TopicPartition> partitions) {
    paused.removeAll(partitions);
    for (TopicPartition partition : partitions) {
      AssignedPartition assigned = assignments.get(partition);
      if (assigned != null && assigned.paused) {
        assigned.paused = false;
        assigned.answeredAt = System.nanoTime(); // it was not fetched meanwhile
        fetcher.resume(assigned, responseHandler.takeKept(assigned));
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
        // an interrupt is a request to end this thread
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
    delivered |= leaderTracker.route(assignments.values(), out);
    delivered |= silentLeaderDetector.check(assignments.values(), out);
    long now = System.nanoTime();
    fetcher.send(now);
    long wait = delivered || woken.get() ? 0 : Math.min(nanos, nanosToNext(now));
    connections.poll(wait);
    return deliver(out) || delivered;
  }

  private long nanosToNext(long now) {
    long nanos = Math.min(view.nanosToNext(), fetcher.nanosToNext(now));
    nanos = Math.min(nanos, leaderTracker.nanosToNext(now));
    return assignments.isEmpty() ? nanos : Math.min(nanos, silentLeaderDetector.nanosToNext(now));
  }

  private boolean deliver(Receiver out) {
    boolean delivered = gaps.deliver(out);
    for (CompletedFetch next = fetcher.nextArrived(); next != null; next = fetcher.nextArrived()) {
      try {
        delivered |= responseHandler.deliver(next, out);
      } finally {
        next.release();
      }
    }
    for (KnownEnd next = fetcher.nextEnd(); next != null; next = fetcher.nextEnd()) {
      if (next.end() >= next.assigned().position()) {
        delivered |= responseHandler.report(next.assigned(), next.end(), next.highWatermark(), out);
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
    fetcher.close();
  }
}
