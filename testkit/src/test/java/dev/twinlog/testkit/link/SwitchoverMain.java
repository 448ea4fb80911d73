package dev.twinlog.testkit.link;

import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * A program that switches a link over, fencing its writers, and dies at a given step. Arguments:
 * files with the client properties of the source and of the target, the link's name, its topic, and
 * after how many reports of progress it dies; perhaps another topic of the link, so that only the
 * first one is moved, and its writers are not fenced. Ends with the exit code 3 where it dies, else
 * prints the report.
 */
public final class SwitchoverMain {
  private static final int DIED = 3;

  private SwitchoverMain() {}

  public static void main(String[] args) throws IOException {
    int[] left = {Integer.parseInt(args[4])};
    SwitchoverOptions options =
        SwitchoverOptions.defaults()
            .quietFor(Duration.ofMillis(200))
            .timeout(Links.LIMIT)
            .fenceWriters(true)
            .actor("step " + args[4])
            .onProgress(
                progress -> {
                  System.out.println("at " + progress);
                  System.out.flush();
                  if (--left[0] < 0) {
                    Runtime.getRuntime().halt(DIED);
                  }
                });
    String[] topics = {args[3]};
    if (args.length > 5) {
      options = options.fenceWriters(false).topics(TopicSelector.named(args[3]));
      topics = new String[] {args[3], args[5]};
    }
    Replicator.Builder link =
        Replicator.builder()
            .link(args[2])
            .source(
                KafkaSource.from(cluster("us-east", args[0]))
                    .path(Links.path())
                    .topics(TopicSelector.named(topics))
                    .build())
            .sink(KafkaSink.to(cluster("eu-west", args[1])).path(Links.path()).build());
    System.out.println(KafkaLinks.switchover(link, options));
  }

  static KafkaCluster cluster(String alias, String file) throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of(file))) {
      properties.load(in);
    }
    Map<String, String> all = new HashMap<>();
    properties.forEach((key, value) -> all.put((String) key, (String) value));
    return Links.cluster(alias, all);
  }
}
