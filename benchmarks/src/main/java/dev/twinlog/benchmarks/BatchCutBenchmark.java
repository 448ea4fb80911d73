package dev.twinlog.benchmarks;

import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.batch.Codec;
import java.nio.ByteBuffer;
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
 * Measures how long it takes to find the next batch in a fetched buffer. But for CPU caches it must
 * not depend on the size of the batch.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar BatchCut
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls make() first
public class BatchCutBenchmark {
  private static final int BATCHES = 256;

  /** The size of each batch's one value. */
  @Param({"100", "16384"})
  public int valueSize;

  private final BatchSplitter cutter = new BatchSplitter();
  private ByteBuffer fetched;

  /** Makes the fetched buffer. */
  @Setup
  public void make() {
    fetched =
        BatchSamples.joined(new BatchSamples().run(Codec.NONE, BATCHES, 1, valueSize))
            .asReadOnlyBuffer();
  }

  /** Finds one of many batches. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public int cut() {
    int sum = 0;
    cutter.over(fetched);
    while (cutter.next()) {
      sum += cutter.position() + cutter.size() + cutter.magic();
    }
    return sum;
  }
}
