package dev.twinlog.testkit.link;

import dev.twinlog.FailoverOptions;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A program that fails a link over and dies at a given step. Arguments: the target's address, or a
 * file with its client properties; the link's name; and after how many reports of progress it dies.
 * Ends with the exit code 3 where it dies, else prints the report.
 */
public final class FailoverMain {
  private static final int DIED = 3;

  private FailoverMain() {}

  public static void main(String[] args) throws IOException {
    int[] left = {Integer.parseInt(args[2])};
    FailoverOptions options =
        FailoverOptions.defaults()
            .actor("step " + args[2])
            .onProgress(
                progress -> {
                  System.out.println("at " + progress);
                  System.out.flush();
                  if (--left[0] < 0) {
                    Runtime.getRuntime().halt(DIED);
                  }
                });
    System.out.println(KafkaLinks.failover(cluster(args[0]), args[1], options));
  }

  private static KafkaCluster cluster(String target) throws IOException {
    Path file = Path.of(target);
    return Files.exists(file)
        ? SwitchoverMain.cluster("eu-west", target)
        : KafkaCluster.of("eu-west", target);
  }
}
