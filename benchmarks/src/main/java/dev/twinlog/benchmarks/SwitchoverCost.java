package dev.twinlog.benchmarks;

import dev.twinlog.MoveReport;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.Replicator;
import dev.twinlog.ReverseOptions;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * How long a switchover takes when the source is idle, and how long it takes to turn the link round
 * afterwards; that nothing is copied again is checked by the ends of the logs. Two brokers run in
 * JVMs of their own.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.SwitchoverCost 1000 200
 * }</pre>
 */
public final class SwitchoverCost {
  private static final String LINK = "switchover-cost";

  private SwitchoverCost() {}

  /**
   * Measures, and prints a table.
   *
   * @param args how many partitions, 1,000 by default, and how many groups, 200 by default
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    int partitions = args.length > 0 ? Integer.parseInt(args[0]) : 1_000;
    int groups = args.length > 1 ? Integer.parseInt(args[1]) : 200;
    try (ChildKafka source = ChildKafka.builder().jvmArgs("-Xmx1g").start();
        ChildKafka target = ChildKafka.builder().jvmArgs("-Xmx1g").start()) {
      KafkaTopics.of(source).create(FailoverCost.TOPIC, partitions, Map.of());
      FailoverCost.send(source, partitions, 1_000);
      FailoverCost.commit(source, partitions, groups);
      System.out.println("| | figure |\n| --- | ---: |");
      try (Replicator replicator =
          FailoverCost.link(source.bootstrapServers(), target.bootstrapServers(), LINK)) {
        replicator.start();
        FailoverCost.awaitInStep(replicator);
        move(replicator, KafkaTopics.of(source));
      }
    }
  }

  private static void move(Replicator replicator, KafkaTopics source) throws Exception {
    Map<TopicPartition, Long> ends = source.ends(FailoverCost.TOPIC);
    SwitchoverOptions options = SwitchoverOptions.defaults();
    Duration quiet = options.quietFor();
    long begun = System.nanoTime();
    check(replicator.switchover(options));
    FailoverCost.print(
        "switchover, of which the source has to be quiet for %d: seconds"
            .formatted(quiet.toSeconds()),
        FailoverCost.seconds(begun));
    begun = System.nanoTime();
    Replicator.Builder back = replicator.reverse(ReverseOptions.defaults());
    FailoverCost.print(
        "reverse, to the builder of the link back: seconds", FailoverCost.seconds(begun));
    try (Replicator home = back.build()) {
      home.start();
      if (!home.awaitCaughtUp(FailoverCost.LIMIT)) {
        throw new IllegalStateException("not caught up: " + home.status());
      }
      FailoverCost.print(
          "… until the link back is caught up: seconds", FailoverCost.seconds(begun));
    }
    if (!ends.equals(source.ends(FailoverCost.TOPIC))) {
      throw new IllegalStateException("the link back has copied what was there");
    }
    System.out.println("| … records that it has copied | 0 |");
  }

  private static void check(MoveReport report) {
    if (report.outcome() != Outcome.DONE) {
      throw new IllegalStateException(report.toString());
    }
  }
}
