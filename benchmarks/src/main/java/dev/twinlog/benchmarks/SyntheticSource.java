package dev.twinlog.benchmarks;

import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A source that generates as many batches as it is asked for, on its partitions in turn. */
final class SyntheticSource implements Source {
  private static final int RECORDS = 1_000;
  private static final int BYTES = 100_000;
  private static final int BATCHES_PER_POLL = 16;
  private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final List<TopicPartition> partitions;
  private final Semaphore permits = new Semaphore(0);

  SyntheticSource(int partitions) {
    this.partitions =
        IntStream.range(0, partitions).mapToObj(n -> new TopicPartition("synthetic", n)).toList();
  }

  void emit(int batches) {
    permits.release(batches);
  }

  @Override
  public List<SourcePartition> partitions() {
    return partitions.stream().map(p -> new SourcePartition(p, Optional.empty())).toList();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    Map<TopicPartition, Long> zero = new HashMap<>();
    starts.keySet().forEach(partition -> zero.put(partition, 0L));
    return zero;
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    return new Reader();
  }

  private final class Reader implements SourceReader {
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private int turn;

    @Override
    public void assign(Map<TopicPartition, Long> assigned) {
      positions.putAll(assigned);
    }

    @Override
    public void release(Set<TopicPartition> released) {
      positions.keySet().removeAll(released);
    }

    @Override
    public void pause(Set<TopicPartition> some) {
      paused.addAll(some);
    }

    @Override
    public void resume(Set<TopicPartition> some) {
      paused.removeAll(some);
    }

    @Override
    public void poll(Duration maxWait, Receiver out) {
      for (int n = 0; n < BATCHES_PER_POLL; n++) {
        TopicPartition next = next();
        if (next == null) {
          LockSupport.parkNanos(n == 0 ? Math.min(MOST_WAIT_NANOS, maxWait.toNanos()) : 0);
          return;
        }
        if (!permit(n == 0 ? maxWait : Duration.ZERO)) {
          return;
        }
        long from = positions.merge(next, (long) RECORDS, Long::sum) - RECORDS;
        out.batch(new Batch(next, from));
        out.position(next, from + RECORDS, from + RECORDS);
      }
    }

    private boolean permit(Duration maxWait) {
      try {
        return permits.tryAcquire(
            Math.min(MOST_WAIT_NANOS, maxWait.toNanos()), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private @Nullable TopicPartition next() {
      for (int tries = 0; tries < partitions.size(); tries++) {
        turn = (turn + 1) % partitions.size();
        TopicPartition candidate = partitions.get(turn);
        if (positions.containsKey(candidate) && !paused.contains(candidate)) {
          return candidate;
        }
      }
      return null;
    }

    /** Does nothing: a poll waits for a millisecond at most. */
    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }

  /** An encoded batch without content; the engine never reads the records of one. */
  private record Batch(TopicPartition partition, long firstOffset) implements ReplicationBatch {
    @Override
    public BatchHandling handling() {
      return BatchHandling.PASSED_THROUGH;
    }

    @Override
    public void release() {}

    @Override
    public long nextOffset() {
      return firstOffset + RECORDS;
    }

    @Override
    public int recordCount() {
      return RECORDS;
    }

    @Override
    public int sizeInBytes() {
      return BYTES;
    }

    @Override
    public long maxTimestamp() {
      return 0;
    }

    @Override
    public List<ReplicationRecord> records() {
      throw new IllegalStateException("nothing should open this batch");
    }

    @Override
    public Optional<ByteBuffer> encoded() {
      return Optional.empty();
    }
  }
}
