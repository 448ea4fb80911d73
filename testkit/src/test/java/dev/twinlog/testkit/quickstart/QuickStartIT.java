package dev.twinlog.testkit.quickstart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests runs of the quick start, and their exit statuses. */
@CleanAfterEach
final class QuickStartIT {
  private static final String[] WITH_FAILOVER = {"--records", "2000", "--seconds", "2"};
  private static final String[] SMALL = {"--records", "2000", "--seconds", "2", "--no-failover"};

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  @ExpectedLogs({"-> MOVED", "RETRYING", "left to do after its reversal"})
  @Tag("long")
  void run_onEmbeddedClusters_endsWithAnExactCopy_andTheWayHomeFromALostRegion() {
    assertThat(run(clusters -> {}, WITH_FAILOVER)).describedAs("%s%s", output, errors).isZero();

    assertThat(output.toString(UTF_8))
        .containsPattern("Caught up: [\\d,]+ records in ")
        .contains("Closed the replicator half-way")
        .containsPattern("copied +([\\d,]+) of \\1 records")
        .containsPattern("lost +0\n")
        .containsPattern("duplicated +0\n")
        .containsPattern("out of order +0\n")
        .containsPattern("altered +0\n")
        .containsPattern("group +[\\d,]+ records read in the source, [\\d,]+ in the target\n")
        .containsPattern("read twice +0\n")
        .containsPattern("skipped +0\n")
        .contains("The group that moved has read each record of its topic once")
        .containsPattern("throughput +[\\d,]+ records/s")
        .containsPattern("latency +p50 \\d+ ms, p99 [\\d,]+ ms")
        .contains("The copy is exact")
        .contains("failover drill of link us-east-to-eu-west: PASSED")
        .containsPattern("switchover to the source +[\\d.]+ s  passed")
        .doesNotContain("\u001b");
    assertThat(output.toString(UTF_8).lines()).allMatch(line -> line.length() <= View.WIDTH);
    assertThat(errors.toString(UTF_8)).isEmpty();
  }

  @Test
  @Tag("long")
  void run_withARecordTooMuchInTheTarget_saysSoAndEndsWith1() {
    int status =
        run(
            clusters ->
                KafkaTopics.of(Clusters.clientProperties(clusters.target()))
                    .send(
                        List.of(
                            new ProducerRecord<>(
                                "orders", 0, "sabotage".getBytes(UTF_8), new byte[1]))),
            SMALL);

    assertThat(status).describedAs("%s%s", output, errors).isEqualTo(QuickStart.NOT_EXACT);
    assertThat(output.toString(UTF_8))
        .containsPattern("lost +0\n")
        .containsPattern("unexpected +1\n")
        .contains("! unexpected: orders-0@", "THE COPY IS NOT EXACT");
  }

  @Test
  @Tag("long")
  void run_onClustersOfOnesOwn_leavesThemAsTheyWere_orKeepsWhatItMadeThere() throws Exception {
    try (EmbeddedKafka source = EmbeddedKafka.start();
        EmbeddedKafka target = EmbeddedKafka.start()) {
      source.createTopic("mine", 1);
      KafkaTopics.of(source).sendNumbered("mine", 10);
      String from = source.bootstrapServers();
      String to = target.bootstrapServers();

      assertThat(
              run(
                  clusters -> {},
                  "--source=" + from,
                  "--target=" + to,
                  "--records=1000",
                  "--seconds=2"))
          .describedAs("%s%s", output, errors)
          .isZero();
      assertThat(output.toString(UTF_8)).contains("Deleted at the source: twinlog-quickstart-");
      Awaitility.await().until(() -> topics(source).equals(List.of("mine")));
      Awaitility.await().until(() -> topics(target).isEmpty());

      assertThat(
              run(
                  clusters -> {},
                  "--source=" + from,
                  "--target=" + to,
                  "--records=1000",
                  "--seconds=2",
                  "--keep"))
          .describedAs("%s%s", output, errors)
          .isZero();
      assertThat(output.toString(UTF_8)).contains("Kept, can be deleted at the target:");
      assertThat(topics(source)).hasSize(4).contains("mine");
      assertThat(topics(target))
          .hasSize(5)
          .doesNotContain("mine")
          .anyMatch(topic -> topic.matches("twinlog\\.quickstart-[a-z0-9]+\\.state"));
    }
  }

  @Test
  void run_fromAClusterToItself_isRefusedBeforeAnythingIsMade() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
      String servers = kafka.bootstrapServers();

      assertThat(run(clusters -> {}, "--source", servers, "--target", servers))
          .isEqualTo(QuickStart.FAILED);

      assertThat(errors.toString(UTF_8)).contains("--source and --target are the same cluster");
      assertThat(topics(kafka)).isEmpty();
    }
  }

  @Test
  void run_withBadArguments_saysWhichAndEndsWith2() {
    assertThat(run(clusters -> {}, "--records", "none")).isEqualTo(QuickStart.BAD_ARGUMENTS);
    assertThat(errors.toString(UTF_8)).contains("--records was \"none\"", "Try --help.");
    assertThat(output.toString(UTF_8)).isEmpty();
  }

  @Test
  void run_withHelp_printsTheUsage() {
    assertThat(run(clusters -> {}, "--help")).isZero();
    assertThat(output.toString(UTF_8)).contains("--source SERVERS", "Exit status: 0");
  }

  private int run(Consumer<Clusters> beforeComparison, String... arguments) {
    PrintStream out = new PrintStream(output, true, UTF_8);
    PrintStream err = new PrintStream(errors, true, UTF_8);
    return QuickStart.run(List.of(arguments), new PlainScreen(out), err, beforeComparison);
  }

  private static List<String> topics(EmbeddedKafka kafka) throws Exception {
    try (Admin admin = kafka.admin()) {
      return List.copyOf(admin.listTopics().names().get());
    }
  }
}
