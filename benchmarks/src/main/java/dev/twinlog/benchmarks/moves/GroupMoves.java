package dev.twinlog.benchmarks.moves;

import dev.twinlog.benchmarks.versus.MirrorMakerProcess;
import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TestKafka;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Moves the same groups once with each tool, between clusters of one broker. */
public final class GroupMoves {
  private static final int LOAD_SECONDS = 10;
  private static final int COPY_SECONDS = 300;

  private final int groups;
  private final int records;
  private final PrintStream out;

  private GroupMoves(int groups, int records, PrintStream out) {
    this.groups = groups;
    this.records = records;
    this.out = out;
  }

  /** Runs, and prints a table. */
  public static void run(int groups, int records, PrintStream out) throws Exception {
    Optional<String> missing = MirrorMakerProcess.unavailable();
    if (missing.isPresent()) {
      throw new IllegalStateException(missing.get());
    }
    new GroupMoves(groups, records, out).run();
  }

  private void run() throws Exception {
    Path directory = Files.createTempDirectory("twinlog-moves");
    out.printf("%d groups; records in the plain topic: %,d%n%n", groups, records);
    out.println(
        "| tool | groups that continue at exactly the next record | positions that do | records read"
            + " again | records skipped | groups without a position somewhere |");
    out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
    move("Twinlog", new TwinlogTool());
    move("MirrorMaker 2", new MirrorMakerTool(directory.resolve("default.properties"), Map.of()));
    move(
        "MirrorMaker 2, `offset.lag.max` 0",
        new MirrorMakerTool(directory.resolve("exact.properties"), Map.of("offset.lag.max", "0")));
  }

  private void move(String name, Tool tool) throws Exception {
    try (ChildKafka source = cluster();
        ChildKafka target = cluster()) {
      MoveLoad load = new MoveLoad(source, records);
      MovingGroups moving = new MovingGroups(groups);
      load.begin(target);
      moving.create(source);
      try (tool) {
        tool.start(source, target, MoveLoad.TOPICS);
        load.more(LOAD_SECONDS);
        awaitCopied(source, target);
        moving.commit(source);
        tool.awaitGroups(moving.names());
      }
      MovingGroups.Counted counted = moving.move(source, target);
      out.printf(
          "| %s | %d | %d | %,d | %,d | %d |%n",
          name,
          counted.exact(),
          counted.exactPositions(),
          counted.again(),
          counted.skipped(),
          counted.missing());
    }
  }

  private static ChildKafka cluster() {
    return ChildKafka.builder().jvmArgs("-Xmx512m").config("log.cleaner.backoff.ms", "200").start();
  }

  private static void awaitCopied(TestKafka source, TestKafka target) throws InterruptedException {
    for (String topic : MoveLoad.TOPICS) {
      int wanted = KafkaTopics.of(source).read(topic).size();
      for (int i = 0; KafkaTopics.of(target).read(topic).size() < wanted; i++) {
        if (i > COPY_SECONDS) {
          throw new IllegalStateException(topic + " is not copied");
        }
        TimeUnit.SECONDS.sleep(1);
      }
    }
  }
}
