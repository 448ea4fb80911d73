package dev.twinlog.internal.kafka.wire.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.wire.net.NoMemoryException;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Follows the advice of {@link NoMemoryException} in JVMs that have little direct memory. */
final class DirectMemoryAdviceTest {
  private static final int MIB = 1 << 20;
  private static final String FITS = "all that may be in flight is received";

  @Test
  void whereTheJvmHasTooLittleMemory_bothThingsThatTheMessageAdvisesHelp() throws Exception {
    assertThat(receive(8 * MIB, 16 * MIB)).contains(NoMemoryException.ADVICE).doesNotContain(FITS);
    assertThat(NoMemoryException.ADVICE)
        .isEqualTo(
            "raise -XX:MaxDirectMemorySize of this JVM, or lower maxInFlightBytes of its links");
    assertThat(receive(64 * MIB, 16 * MIB)).startsWith(FITS);
    assertThat(receive(8 * MIB, 2 * MIB)).startsWith(FITS);
  }

  /** What a JVM prints that receives as much as a link may have in flight. */
  private static String receive(int directMemory, int maxInFlightBytes) throws Exception {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:MaxDirectMemorySize=" + directMemory,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Receiver.class.getName(),
                Integer.toString(maxInFlightBytes))
            .redirectErrorStream(true)
            .start();
    String printed = new String(jvm.getInputStream().readAllBytes(), UTF_8);
    assertThat(jvm.waitFor()).as(printed).isZero();
    return printed.trim();
  }

  /** Receives the answers to fetches that a reader of one broker sends while nothing comes back. */
  static final class Receiver {
    private Receiver() {}

    public static void main(String[] args) {
      long bound = Long.parseLong(args[0]);
      ClientSettings client = ClientSettings.of("us-east", "localhost:1", Map.of(), Map.of());
      int answer = ReadSettings.of(client, bound).fetchBytes();
      ReceivePool pool = new ReceivePool();
      FetchMemory memory = new FetchMemory(pool, bound, () -> {});
      List<ByteBuffer> held = new ArrayList<>();
      while (memory.mayFetch(0) && !memory.isCopying()) {
        ByteBuffer buffer = pool.tryAllocate(answer);
        if (buffer == null) {
          return; // the pool has logged why
        }
        held.add(buffer);
      }
      System.out.println(FITS + ", in buffers: " + held.size());
    }
  }
}
