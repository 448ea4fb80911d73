package dev.twinlog.benchmarks;

import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.RouteMap;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the offset map with a million segments, as transactions of 10 to 30 records leave them:
 * appending a segment and moving the cut, translating an offset in either direction, loading all of
 * it. Also prints how many bytes a segment takes in memory and in the state topic.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar OffsetMap
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls make() first
public class OffsetMapBenchmark {
  private static final int SEGMENTS = 1_000_000;
  private static final int ASKED = 1 << 16;
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("orders", 0));

  private final int[] lengths = new int[SEGMENTS];
  private final long[] asked = new long[ASKED];
  private RouteMap full;
  private List<MapChunk> stored;
  private int next;

  /** Fills a map and chooses the offsets to translate. */
  @Setup
  public void make() {
    Random random = new Random(1);
    long records = 0;
    for (int i = 0; i < SEGMENTS; i++) {
      lengths[i] = 10 + random.nextInt(21);
      records += lengths[i];
    }
    for (int i = 0; i < ASKED; i++) {
      asked[i] = random.nextLong(records);
    }
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    full = fill(maps);
    stored = maps.takeChanged();
    long storedBytes = stored.stream().mapToLong(chunk -> chunk.bytes().length).sum();
    System.out.printf(
        "%n%.2f bytes a segment in memory, %.2f stored, in %d chunks%n",
        (double) maps.bytes() / SEGMENTS, (double) storedBytes / SEGMENTS, stored.size());
  }

  private RouteMap fill(OffsetMaps maps) {
    SourceMap map =
        maps.open(
            new Progress(
                new SourcePartition(ROUTE.source(), Optional.empty()),
                0,
                false,
                "",
                List.of(new RouteProgress(ROUTE, 0, 0, new byte[0]))));
    RouteMap route = map.route(ROUTE);
    long source = 0;
    long target = 0;
    for (int length : lengths) {
      route.append(source, target, length);
      source += length + 1; // its marker
      target += length;
      map.checkpoint(source);
    }
    return route;
  }

  /** Appends all segments, from the first to the millionth. */
  @Benchmark
  @OperationsPerInvocation(SEGMENTS)
  public RouteMap append() {
    return fill(new OffsetMaps(OffsetMaps.DEFAULT_BYTES));
  }

  /** Translates a random source offset. */
  @Benchmark
  public Translation toTarget() {
    return full.toTarget(asked[next++ & (ASKED - 1)]);
  }

  /** Translates a random target offset. */
  @Benchmark
  public Translation toSource() {
    return full.toSource(asked[next++ & (ASKED - 1)]);
  }

  /** Loads all chunks into a map: the time is that of a million segments. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public OffsetMaps load() {
    return OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, stored);
  }
}
