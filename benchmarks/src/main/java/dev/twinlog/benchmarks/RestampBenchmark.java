package dev.twinlog.benchmarks;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Restamp;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures writing the new header of a batch with a patched CRC, and for comparison computing the
 * whole CRC again. The first must not grow with the size of the batch.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar Restamp
 * }</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls make() first
public class RestampBenchmark {

  /** The size of the one record's value: 1 KB, 64 KB, 1 MB. */
  @Param({"1024", "65536", "1048576"})
  public int valueSize;

  private final CRC32C crc = new CRC32C();
  private final ByteBuffer header = ByteBuffer.allocate(BatchHeader.SIZE);
  private ByteBuffer batch;
  private ByteBuffer withoutStart;
  private int sequence;

  /** Makes the batch. */
  @Setup
  public void make() {
    batch = new BatchSamples().batch(Codec.NONE, 0, 1, valueSize).asReadOnlyBuffer();
    ByteBuffer direct = ByteBuffer.allocateDirect(batch.remaining());
    direct.put(batch.duplicate()).flip();
    withoutStart = direct.position(BatchHeader.ATTRIBUTES).slice();
  }

  /** Writes the header and patches the CRC. */
  @Benchmark
  public ByteBuffer restamp() {
    header.clear();
    Restamp.restamp(batch, header, 4_711, (short) 3, sequence++ & Integer.MAX_VALUE);
    return header;
  }

  /** Computes the CRC of the whole batch, as a sender without patching has to. */
  @Benchmark
  public long fullCrc() {
    crc.reset();
    crc.update(withoutStart.clear());
    return crc.getValue();
  }
}
