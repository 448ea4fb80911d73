package dev.twinlog.benchmarks;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.internal.kafka.wire.read.AbortedFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the filter of aborted transactions ({@code read_committed}), per batch of a fetch
 * response: ten producers in turn, every transaction of four batches and a marker, three of ten
 * aborted or none at all.
 *
 * <pre>java -jar benchmarks/target/benchmarks.jar AbortedFilter</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AbortedFilterBenchmark {
  private static final int BATCHES = 1_000;
  private static final int PRODUCERS = 10;
  private static final int PER_TRANSACTION = 5;

  /** A marker's record: length, attributes, deltas, key (version, type), value, no headers. */
  private static final byte[] MARKER = {32, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0};

  @Param({"0", "30"})
  int abortedPercent;

  private final AbortedFilter filter = new AbortedFilter();
  private final List<Aborted> aborted = new ArrayList<>();
  private ByteBuffer records = ByteBuffer.allocate(0);
  private int size;

  @Setup
  public void fill() {
    size = BatchHeader.SIZE + MARKER.length;
    records = ByteBuffer.allocateDirect(BATCHES * size);
    for (int i = 0; i < BATCHES; i++) {
      int producer = i % PRODUCERS;
      int turn = i / PRODUCERS;
      boolean marker = turn % PER_TRANSACTION == PER_TRANSACTION - 1;
      boolean abort = (turn / PER_TRANSACTION * PRODUCERS + producer) % 100 < abortedPercent;
      if (abort && turn % PER_TRANSACTION == 0) {
        aborted.add(new Aborted(producer, i));
      }
      put(i, producer, marker, abort);
    }
  }

  private void put(int index, int producer, boolean marker, boolean abort) {
    int at = index * size;
    records.putLong(at + BatchHeader.BASE_OFFSET, index);
    records.putInt(at + BatchHeader.LENGTH, size - BatchHeader.LOG_OVERHEAD);
    records.put(at + BatchHeader.MAGIC, (byte) 2);
    int attributes = BatchHeader.TRANSACTIONAL | (marker ? BatchHeader.CONTROL : 0);
    records.putShort(at + BatchHeader.ATTRIBUTES, (short) attributes);
    records.putLong(at + BatchHeader.PRODUCER_ID, producer);
    records.putInt(at + BatchHeader.RECORD_COUNT, 1);
    records.put(at + BatchHeader.SIZE, MARKER);
    records.put(at + BatchHeader.SIZE + 8, (byte) (abort ? 0 : 1));
  }

  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public int filter() {
    filter.over(aborted);
    int dropped = 0;
    for (int at = 0; at < BATCHES * size; at += size) {
      dropped += filter.drops(records, at) ? 1 : 0;
    }
    return dropped;
  }
}
