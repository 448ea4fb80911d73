package dev.twinlog.benchmarks;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Coalescer;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
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
 * Measures merging of small batches, of one 1 KB record each, per record; for comparison also by
 * decoding and encoding record objects.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar Coalescer
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls make() first
public class CoalescerBenchmark {
  private static final int BATCHES = 512;
  private static final int VALUE_SIZE = 1024;

  /** How the tiny batches are compressed, and the merged one as well. */
  @Param({"NONE", "LZ4", "ZSTD"})
  public Codec codec;

  private final V2BatchDecoder decoder = new V2BatchDecoder();
  private Compression compression;
  private Coalescer coalescer;
  private List<ByteBuffer> run;

  /** Makes the tiny batches. */
  @Setup
  public void make() {
    compression = Compression.of(codec);
    coalescer = new Coalescer(compression);
    run = new ArrayList<>();
    ByteBuffer fetched = BatchSamples.joined(new BatchSamples().run(codec, BATCHES, 1, VALUE_SIZE));
    while (fetched.hasRemaining()) {
      int size = fetched.getInt(fetched.position() + Long.BYTES) + Long.BYTES + Integer.BYTES;
      run.add(fetched.slice(fetched.position(), size));
      fetched.position(fetched.position() + size);
    }
  }

  /** Merges the batches without record objects. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public ByteBuffer coalesce() {
    for (ByteBuffer batch : run) {
      coalescer.add(batch);
    }
    return coalescer.finish();
  }

  /** Merges them without compressing the result. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public int onlyAdd() {
    for (ByteBuffer batch : run) {
      coalescer.add(batch);
    }
    int size = coalescer.plainSize();
    coalescer.reset();
    return size;
  }

  /** Decodes all records, then encodes them. */
  @Benchmark
  @OperationsPerInvocation(BATCHES)
  public ByteBuffer throughRecords() {
    List<ReplicationRecord> records = new ArrayList<>();
    for (ByteBuffer batch : run) {
      records.addAll(decoder.decode(batch));
    }
    return BatchEncoder.encode(records, compression, Integer.MAX_VALUE).get(0).batch();
  }
}
