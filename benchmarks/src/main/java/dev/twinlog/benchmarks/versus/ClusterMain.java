package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.NetworkLink;
import java.time.Duration;
import java.util.Arrays;

/**
 * The main class of a cluster of one broker. Takes the command {@code watch <run> <topic> <mark>…}:
 * see {@link TopicWatch}. Clients reach the broker directly or over a slow {@link NetworkLink},
 * whose CPU time counts as the broker's, for all contenders alike. The data is in the JVM's
 * directory for temporary files.
 */
final class ClusterMain {
  /** How the answer begins that gives the addresses, near and far. */
  static final String READY = "#ready ";

  static final Duration ROUND_TRIP = Duration.ofMillis(100);

  /** 400 Mbit/s in each direction. */
  static final long BYTES_PER_SECOND = 50_000_000;

  private Thread watch = new Thread(() -> {}, "versus-watch");

  private ClusterMain() {}

  /** Starts it; runs until the parent is gone or kills it. */
  public static void main(String[] args) {
    ClusterMain main = new ClusterMain();
    Probe.start(main::command);
    NetworkLink far =
        NetworkLink.builder().roundTrip(ROUND_TRIP).bytesPerSecond(BYTES_PER_SECOND).start();
    EmbeddedKafka kafka =
        EmbeddedKafka.builder()
            .via(far)
            // The files of a deleted topic would else be written to the disk during the next run.
            .config("log.segment.delete.delay.ms", "100")
            .config("num.io.threads", "4")
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(kafka::close, "versus-close"));
    System.out.println(READY + kafka.bootstrapServers() + ' ' + far.bootstrapServers());
  }

  private void command(String line) {
    String[] words = line.split(" ");
    watch.interrupt();
    long[] marks = Arrays.stream(words).skip(3).mapToLong(Long::parseLong).toArray();
    watch = new Thread(() -> TopicWatch.run(words[1], words[2], marks), "versus-watch");
    watch.setDaemon(true);
    watch.start();
  }
}
