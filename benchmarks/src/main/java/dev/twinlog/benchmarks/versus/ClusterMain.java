package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.EmbeddedKafka;
import java.util.Arrays;

/**
 * A cluster of one broker in a JVM of its own. Takes the command {@code watch <run> <topic> <mark>…}: see
 * {@link TopicWatch}. The data is in the JVM's directory for temporary files.
 */
final class ClusterMain {
  /** How the answer begins that gives the addresses, near and far. */
  static final String READY = "#ready ";

  private Thread watch = new Thread(() -> {}, "versus-watch");

  private ClusterMain() {}

  /** Starts it; runs until the parent is gone or kills it. */
  public static void main(String[] args) {
    ClusterMain main = new ClusterMain();
    Probe.start(main::command);
    EmbeddedKafka kafka =
        EmbeddedKafka.builder()
            // The files of a deleted topic would else be written to the disk during the next run.
            .config("log.segment.delete.delay.ms", "100")
            .config("num.io.threads", "4")
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(kafka::close, "versus-close"));
    System.out.println(READY + kafka.bootstrapServers() + ' ' + kafka.bootstrapServers());
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
