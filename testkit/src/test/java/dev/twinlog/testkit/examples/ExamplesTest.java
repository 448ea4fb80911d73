package dev.twinlog.testkit.examples;

import static dev.twinlog.testkit.examples.ExampleLinks.FIRST;
import static dev.twinlog.testkit.examples.ExampleLinks.LIMIT;
import static dev.twinlog.testkit.examples.ExampleLinks.SECOND;
import static dev.twinlog.testkit.examples.ExampleLinks.copy;
import static dev.twinlog.testkit.examples.ExampleLinks.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests links from files to a database or a web server. */
@CleanAfterEach
final class ExamplesTest {
  @TempDir private Path directory;

  private final Database database = new Database();
  private ExampleLinks links;

  @BeforeEach
  void createFiles() throws IOException {
    links = new ExampleLinks(directory);
  }

  @AfterEach
  void closeDatabase() {
    database.close();
  }

  @Test
  void examples_useNothingButTheSpi_andAreShort() throws IOException {
    for (String example :
        List.of(
            "JdbcSink",
            "JdbcTables",
            "HttpSink",
            "FileSource",
            "FileReader",
            "LineFile",
            "LineFormat",
            "MaskingTransform")) {
      Path file =
          Path.of("src", "test", "java")
              .resolve(getClass().getPackageName().replace('.', '/'))
              .resolve(example + ".java");
      List<String> text = Files.readAllLines(file);
      assertThat(text).as(example).hasSizeLessThan(150);
      assertThat(text.stream().filter(line -> line.startsWith("import ")))
          .as("what %s imports", example)
          .allMatch(
              line ->
                  line.matches(
                      "import (static )?"
                          + "(javax?|dev\\.twinlog\\.spi|org\\.apache\\.kafka\\.common)\\..*"));
    }
  }

  @Test
  @ExpectedLogs("RETRYING|closing took longer|could not be saved")
  void jdbcSink_writesEachRowOnce_acrossACrashOfTheDatabase() throws Exception {
    links.append(FIRST, 0, 700);
    links.append(SECOND, 0, 300);
    database.crashAfter(9);
    try (Replicator replicator = toRows().closeTimeout(Duration.ZERO).build()) {
      assertThat(replicator.status().deliveryGuarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
      replicator.start();
      await().atMost(LIMIT).until(database::isDown);
      assertThat(replicator.awaitCaughtUp(Duration.ofMillis(100))).isFalse();
    }
    assertThat(database.records(FIRST).size() + database.records(SECOND).size())
        .isPositive()
        .isLessThan(1_000);
    database.repair();
    links.append(FIRST, 700, 800);
    copy(toRows());
    assertRows();
    links.append(SECOND, 300, 310);
    copy(toRows());
    assertRows();
  }

  @Test
  @ExpectedLogs("RETRYING")
  void jdbcSink_waitsForADatabaseThatIsAway() throws Exception {
    links.append(FIRST, 0, 200);
    database.crashAfter(3);
    try (Replicator replicator = toRows().build()) {
      replicator.start();
      await().atMost(LIMIT).until(database::isDown);
      database.repair();
      links.append(SECOND, 0, 50);
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
    }
    assertRows();
  }

  @Test
  @ExpectedLogs("RETRYING|closing took longer|could not be saved")
  void jdbcSink_losesNothingOfARouteThatWasNeverWritten_whenTheOthersAreAhead() throws Exception {
    links.append(FIRST, 0, 400);
    database.execute(
        "ALTER TABLE copied_routes ADD CONSTRAINT refused"
            + " CHECK (target_partition <> 1 OR next_offset IS NULL)");
    try (Replicator replicator = byKey().closeTimeout(Duration.ZERO).build()) {
      replicator.start();
      await().atMost(LIMIT).until(() -> !database.records(FIRST).isEmpty());
    }
    assertThat(database.records(SECOND)).isEmpty();
    database.execute("ALTER TABLE copied_routes DROP CONSTRAINT refused");
    copy(byKey());
    List<String> first = values(database.records(FIRST));
    List<String> second = values(database.records(SECOND));
    assertThat(Stream.concat(first.stream(), second.stream()))
        .containsExactlyInAnyOrderElementsOf(links.lines(FIRST));
    assertThat(first).isNotEmpty().isSortedAccordingTo(ExamplesTest::byNumber);
    assertThat(second).isNotEmpty().isSortedAccordingTo(ExamplesTest::byNumber);
  }

  @Test
  @ExpectedLogs("-> FENCED|RETRYING")
  void jdbcSink_isTakenOverByANewerInstance() throws Exception {
    links.append(FIRST, 0, 300);
    try (Replicator older = toRows().build();
        Replicator newer = toRows().build()) {
      older.start();
      assertThat(older.awaitCaughtUp(LIMIT)).isTrue();
      newer.start();
      assertThat(newer.awaitCaughtUp(LIMIT)).isTrue();
      links.append(FIRST, 300, 600);
      links.append(SECOND, 0, 300);
      await().atMost(LIMIT).until(() -> older.status().state() == LinkState.FENCED);
      assertThat(newer.awaitCaughtUp(LIMIT)).isTrue();
      assertRows();
    }
  }

  @Test
  @ExpectedLogs("RETRYING")
  void httpSink_postsEverythingInOrder_andContinuesAfterARestart() throws Exception {
    try (WebServer server = new WebServer()) {
      server.failEvery(4);
      links.append(FIRST, 0, 150);
      links.append(SECOND, 0, 90);
      copy(toServer(server));
      links.append(FIRST, 150, 200);
      copy(toServer(server));
      // a refused request wrote nothing, and a link that was closed cleanly repeats nothing
      assertThat(values(server.records(FIRST))).isEqualTo(links.lines(FIRST));
      assertThat(values(server.records(SECOND))).isEqualTo(links.lines(SECOND));
    }
  }

  @Test
  @ExpectedLogs("RETRYING")
  void httpSink_waitsForAServerThatIsAway() throws Exception {
    links.append(FIRST, 0, 20);
    WebServer away = new WebServer();
    away.close();
    try (Replicator replicator = toServer(away).build()) {
      replicator.start();
      await()
          .atMost(LIMIT)
          .until(
              () ->
                  replicator.status().partitions().containsKey(FIRST)
                      && replicator.status().partitions().get(FIRST).cause().isPresent());
      assertThat(replicator.status().partitions().get(FIRST).cause().orElseThrow())
          .hasMessageContainingAll("no answer from", "/lines/0", "ConnectException");
      assertThat(replicator.status().state()).isEqualTo(LinkState.RUNNING);
    }
  }

  @Test
  void maskingTransform_masksWhatALinkCopies() throws Exception {
    links.append(FIRST, 0, 100);
    MaskingTransform masking = new MaskingTransform(Pattern.compile("line (\\d+)"), new byte[] {1});
    copy(toRows().transform(masking));
    assertThat(values(database.records(FIRST)))
        .hasSize(100)
        .allMatch(value -> value.matches("line [0-9a-f]{16} +"))
        .doesNotHaveDuplicates();
  }

  private Replicator.Builder toRows() {
    return links
        .link(links.source(), new JdbcSink(database.dataSource()))
        .maxInFlightBytes(256 << 10);
  }

  /** Lines have no key of their own, so a transform gives them one. */
  private Replicator.Builder byKey() {
    return toRows()
        .transform(record -> Optional.of(record.replacingKey(record.value())))
        .partitionMapper(PartitionMapper.keyHash());
  }

  private Replicator.Builder toServer(WebServer server) {
    return links.link(links.source(), new HttpSink(server.address(), Duration.ofSeconds(20)));
  }

  private void assertRows() throws IOException {
    assertThat(values(database.records(FIRST))).isEqualTo(links.lines(FIRST));
    assertThat(values(database.records(SECOND))).isEqualTo(links.lines(SECOND));
  }

  private static int byNumber(String one, String other) {
    return Integer.compare(number(one), number(other));
  }

  private static int number(String line) {
    return Integer.parseInt(line.strip().substring("line ".length()));
  }
}
