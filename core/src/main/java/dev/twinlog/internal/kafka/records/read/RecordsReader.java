package dev.twinlog.internal.kafka.records.read;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.GapFinder;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.records.common.HeaderKeyCheck;
import dev.twinlog.internal.kafka.records.common.WriterSignal;
import dev.twinlog.spi.DamagedBatchException;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * Reads partitions through {@code KafkaConsumer}: assigned manually, without a group, and without
 * any reset of positions.
 *
 * <p>A partition that fails is removed from the consumer's assignment at once, since the consumer
 * would throw again for it instead of returning the others' records. The consumer's {@code poll}
 * throws only when it has no records to return, so an exception loses none.
 *
 * <p>Confined to the lane's reader thread, except {@link #wakeup()}.
 */
public final class RecordsReader implements EpochSourceReader {
  private static final int KAFKA_WAIT_MS = 500;
  private static final int KAFKA_REQUEST_MS = 30_000;

  private final Consumer<byte[], byte[]> consumer;
  private final KafkaErrors errors;
  private final GapFinder gaps;
  private final EndOffsetMonitor monitor;
  private final PositionReporter positions;
  private final HeaderKeyCheck headerKeyCheck;
  private final Map<TopicPartition, Long> next = new HashMap<>();

  /** The position behind the last record that was delivered, with that record's leader epoch. */
  private final Map<TopicPartition, SourcePosition> lastRead = new HashMap<>();

  private final Set<TopicPartition> paused = new HashSet<>();
  private final WriterSignal idle = new WriterSignal();
  private final AtomicBoolean woken = new AtomicBoolean();

  /**
   * Opens the reader of a lane.
   *
   * @param source the cluster to read
   * @param offsets looks up the ends of a log that does not contain a position
   * @param isolation {@code read_committed} or {@code read_uncommitted}
   */
  public static RecordsReader open(
      LazyAdmin source, PartitionOffsets offsets, String isolation, PluginContext context) {
    return new RecordsReader(
        ConsumerFactory.create(source.settings(), context, isolation, source.errors()),
        offsets,
        source.errors(),
        new HeaderKeyCheck(context),
        patienceNanos(source.settings()));
  }

  /**
   * Returns how long a leader may be silent: three fetches that wait for data, and half a request
   * timeout.
   */
  private static long patienceNanos(ClientSettings settings) {
    long wait = settings.number(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, KAFKA_WAIT_MS);
    long request = settings.number(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, KAFKA_REQUEST_MS);
    return Duration.ofMillis(3 * wait + request / 2).toNanos();
  }

  /**
   * Creates a reader without partitions.
   *
   * @param consumer configured as this class expects; closed by it
   * @param offsets looks up the ends of a log that does not contain a position
   * @param errors of the source cluster
   * @param headerKeyCheck checks what is read
   * @param patienceNanos how long a leader may be silent
   */
  RecordsReader(
      Consumer<byte[], byte[]> consumer,
      PartitionOffsets offsets,
      KafkaErrors errors,
      HeaderKeyCheck headerKeyCheck,
      long patienceNanos) {
    this.consumer = consumer;
    this.errors = errors;
    this.headerKeyCheck = headerKeyCheck;
    this.gaps = new GapFinder(offsets, errors, this::wakeup);
    this.monitor = new EndOffsetMonitor(offsets, errors, patienceNanos);
    this.positions = new PositionReporter(consumer, monitor);
  }

  @Override
  public void assign(Map<TopicPartition, Long> added) {
    Map<TopicPartition, SourcePosition> unknown = new HashMap<>();
    added.forEach(
        (partition, position) ->
            unknown.put(partition, new SourcePosition(position, OptionalInt.empty())));
    assignAt(unknown);
  }

  /** The consumer compares the epoch with the leader's before it reads from the position. */
  @Override
  public void assignAt(Map<TopicPartition, SourcePosition> added) {
    gaps.forget(added.keySet());
    if (!next.keySet().containsAll(added.keySet())) {
      Set<TopicPartition> all = new HashSet<>(next.keySet());
      all.addAll(added.keySet());
      consumer.assign(all);
    }
    added.forEach(
        (partition, position) -> {
          consumer.seek(
              partition,
              new OffsetAndMetadata(position.offset(), boxed(position.leaderEpoch()), ""));
          next.put(partition, position.offset());
          lastRead.put(partition, position);
          positions.forget(partition);
          monitor.assigned(partition);
        });
    List<TopicPartition> toPause = added.keySet().stream().filter(paused::contains).toList();
    if (!toPause.isEmpty()) {
      consumer.pause(toPause);
    }
  }

  /** Notes that the leader's log diverges there from what was read. */
  private void partsAt(TopicPartition partition, OffsetAndMetadata cut) {
    cut.leaderEpoch()
        .ifPresent(
            epoch ->
                lastRead.put(partition, new SourcePosition(cut.offset(), OptionalInt.of(epoch))));
  }

  private static Optional<Integer> boxed(OptionalInt epoch) {
    return epoch.isPresent() ? Optional.of(epoch.getAsInt()) : Optional.empty();
  }

  /**
   * Known only behind a record, and where the leader's log diverges from what was read: the
   * consumer does not show the epochs of transaction markers.
   */
  @Override
  public OptionalInt leaderEpoch(TopicPartition partition, long offset) {
    SourcePosition last = lastRead.get(partition);
    return last == null || last.offset() != offset ? OptionalInt.empty() : last.leaderEpoch();
  }

  @Override
  public void release(Set<TopicPartition> partitions) {
    gaps.forget(partitions);
    paused.removeAll(partitions);
    drop(partitions);
    lastRead.keySet().removeAll(partitions);
  }

  /** Removes partitions from the assignment; what was prefetched of them is dropped. */
  private void drop(Set<TopicPartition> partitions) {
    if (next.keySet().removeAll(partitions)) {
      partitions.forEach(positions::forget);
      lastRead.keySet().removeAll(partitions);
      partitions.forEach(monitor::forget);
      consumer.assign(next.keySet());
    }
  }

  @Override
  public void pause(Set<TopicPartition> partitions) {
    paused.addAll(partitions);
    consumer.pause(partitions.stream().filter(next::containsKey).toList());
  }

  @Override
  public void resume(Set<TopicPartition> partitions) {
    paused.removeAll(partitions);
    partitions.forEach(monitor::resumed);
    consumer.resume(partitions.stream().filter(next::containsKey).toList());
  }

  @Override
  public void poll(Duration maxWait, Receiver out) {
    long start = System.nanoTime();
    long budget = WriterSignal.nanos(maxWait);
    while (!gaps.deliver(out) && !woken.getAndSet(false)) {
      long left = Math.max(0, budget - (System.nanoTime() - start));
      boolean delivered =
          next.isEmpty() ? awaitAssignment(left) : pollOnce(positions.slice(left), out);
      if (delivered || left == 0) {
        gaps.deliver(out);
        return;
      }
    }
  }

  private boolean awaitAssignment(long nanos) {
    if (nanos > 0) {
      idle.await(nanos);
    }
    return false;
  }

  private boolean pollOnce(Duration wait, Receiver out) {
    try {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(wait);
      boolean delivered = deliver(records, out);
      monitor.step(next, paused);
      boolean moved = positions.sweep(next, out);
      boolean silent = monitor.check(next, paused, positions::forget, out);
      return delivered || moved || silent;
    } catch (WakeupException e) {
      // the flag shows whether it was meant for this poll; a late wakeup is ignored
      return woken.getAndSet(false);
    } catch (OffsetOutOfRangeException e) {
      Map<TopicPartition, Long> outside = new HashMap<>(e.offsetOutOfRangePartitions());
      outside.keySet().retainAll(next.keySet());
      gaps.query(outside, e);
      drop(outside.keySet());
      if (e instanceof LogTruncationException truncation) {
        truncation.divergentOffsets().forEach(this::partsAt);
      }
      return false;
    } catch (TopicAuthorizationException e) {
      return fail(ofTopics(e.unauthorizedTopics()), "READ on Topic ", e, out);
    } catch (InvalidTopicException e) {
      return fail(ofTopics(e.invalidTopics()), null, e, out);
    } catch (InterruptException e) {
      // the flag is restored; an interrupt is a request to end this thread
      return true;
    } catch (KafkaException | IllegalStateException e) {
      Set<TopicPartition> named = NamedPartition.in(e, next.keySet());
      if (named.isEmpty()) {
        // unclassified, "fetch session" for example: the engine opens another reader
        throw errors.client("fetch", e);
      }
      return fail(named, null, e, out);
    }
  }

  private boolean deliver(ConsumerRecords<byte[], byte[]> records, Receiver out) {
    Map<TopicPartition, OffsetAndMetadata> moved = records.nextOffsets();
    for (TopicPartition partition : records.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> fetched = records.records(partition);
      List<ReplicationRecord> batch = new ArrayList<>(fetched.size());
      for (ConsumerRecord<byte[], byte[]> record : fetched) {
        headerKeyCheck.check(partition, record.headers());
        batch.add(
            ReplicationRecord.of(
                record.offset(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers()));
      }
      if (!batch.isEmpty()) {
        lastRead.put(partition, behind(fetched.get(fetched.size() - 1)));
        out.batch(ReplicationBatch.of(partition, batch));
      }
    }
    moved.forEach(
        (partition, position) -> {
          // a receiver may have released or moved the partition while it took the batch
          if (next.containsKey(partition)) {
            next.put(partition, position.offset());
            monitor.moved(partition);
            positions.report(partition, position.offset(), out);
          }
        });
    return !moved.isEmpty();
  }

  private static SourcePosition behind(ConsumerRecord<byte[], byte[]> last) {
    Optional<Integer> epoch = last.leaderEpoch();
    return new SourcePosition(
        last.offset() + 1, epoch.isPresent() ? OptionalInt.of(epoch.get()) : OptionalInt.empty());
  }

  private Set<TopicPartition> ofTopics(Set<String> topics) {
    Set<TopicPartition> partitions = new HashSet<>(next.keySet());
    partitions.removeIf(partition -> !topics.contains(partition.topic()));
    return partitions;
  }

  private boolean fail(
      Set<TopicPartition> partitions,
      @Nullable String permission,
      RuntimeException cause,
      Receiver out) {
    Map<TopicPartition, Long> at = new HashMap<>(next);
    drop(partitions);
    for (TopicPartition partition : partitions) {
      ReplicationException failure =
          errors.topic(
              "read %s at offset %d".formatted(partition, at.get(partition)),
              permission == null ? null : permission + partition.topic(),
              cause);
      boolean damaged = NamedPartition.isDamaged(cause) && !(failure instanceof RetriableException);
      out.failed(
          partition,
          damaged
              ? new DamagedBatchException(String.valueOf(failure.getMessage()), cause)
              : failure);
    }
    return !partitions.isEmpty();
  }

  @Override
  public void wakeup() {
    woken.set(true);
    consumer.wakeup();
    idle.raise();
  }

  @Override
  public void close() {
    gaps.close();
    try {
      // without a group there is nothing to leave; a longer timeout would only wait for a fetch
      ClientLibrary.close(consumer, Duration.ZERO);
    } catch (WakeupException | InterruptException e) {
      // a late wakeup, or an interrupt, whose flag is restored
    }
  }
}
