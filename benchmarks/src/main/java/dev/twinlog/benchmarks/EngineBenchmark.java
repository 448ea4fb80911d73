package dev.twinlog.benchmarks;

import dev.twinlog.Replicator;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the engine alone, per batch, with its real threads, from a source that generates batches
 * to a sink that acknowledges at once. The content of a batch makes no difference, since the engine
 * does not read it.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar Engine
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls start() first
public class EngineBenchmark {
  private static final int BATCHES = 20_000;

  /** How many source partitions share the one lane. */
  @Param({"1", "64"})
  public int partitions;

  private SyntheticSource source;
  private CountingSink sink;
  private Replicator replicator;

  /** Starts a link that has nothing to copy yet. */
  @Setup(Level.Trial)
  public void start() throws InterruptedException {
    source = new SyntheticSource(partitions);
    sink = new CountingSink();
    replicator =
        Replicator.builder()
            .link("benchmark")
            .source(source)
            .sink(sink)
            .progressStore(InMemoryProgressStore.create())
            .build();
    replicator.start();
    if (!replicator.awaitCaughtUp(Duration.ofSeconds(30))) {
      throw new IllegalStateException("the link doesn't start: " + replicator.status());
    }
  }

  /** Ends the link. */
  @TearDown(Level.Trial)
  public void close() {
    replicator.close();
  }

  /** From the source through the stages, the hand-off and the sink back into the cut. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public void batchThroughTheEngine() throws InterruptedException {
    sink.expect(BATCHES);
    source.emit(BATCHES);
    sink.await();
  }
}
