package dev.twinlog.testkit.link;

import dev.twinlog.FailoverOptions;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;

/**
 * A program that fails a link over and dies at a given step. Arguments: the target's address, the
 * link's name, and after how many reports of progress it dies. Ends with the exit code 3 where it
 * dies, else prints the report.
 */
public final class FailoverMain {
  private static final int DIED = 3;

  private FailoverMain() {}

  public static void main(String[] args) {
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
    System.out.println(KafkaLinks.failover(KafkaCluster.of("eu-west", args[0]), args[1], options));
  }
}
