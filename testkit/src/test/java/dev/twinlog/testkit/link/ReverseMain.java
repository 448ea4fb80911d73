package dev.twinlog.testkit.link;

import dev.twinlog.OnDivergence;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;

/**
 * A program that reverses a link and dies at a given step. Arguments: the addresses of the old
 * primary and of the other cluster, the moved link's name, how the report of progress begins at
 * which it dies, and perhaps what becomes of records that were never copied, else KEEP. Ends with
 * the exit code 3 where it dies.
 */
public final class ReverseMain {
  private static final int DIED = 3;

  private ReverseMain() {}

  public static void main(String[] args) {
    ReverseOptions options =
        ReverseOptions.defaults()
            .onDivergence(args.length > 4 ? OnDivergence.valueOf(args[4]) : OnDivergence.KEEP)
            .actor("until " + args[3])
            .onProgress(
                progress -> {
                  System.out.println("at " + progress);
                  System.out.flush();
                  if (progress.toString().startsWith(args[3])) {
                    Runtime.getRuntime().halt(DIED);
                  }
                });
    Replicator.Builder back =
        KafkaLinks.reverse(
            KafkaCluster.of("us-east", args[0]),
            KafkaCluster.of("eu-west", args[1]),
            args[2],
            options);
    System.out.println(back.build());
  }
}
