package dev.twinlog.testkit.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.FileProgressStore;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.testkit.ExpectedLogs;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Links with parts that a user wrote: {@link RowSink}, {@link WebSink} and {@link LineSource} know
 * nothing of Twinlog but {@code dev.twinlog.spi}.
 */
@TwinClusters
final class CustomPartsIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final TopicPartition FIRST = new TopicPartition("lines", 0);
  private static final TopicPartition SECOND = new TopicPartition("lines", 1);

  @TempDir private Path directory;

  private final LineSource lines = new LineSource("lines", 2);
  private final RowDatabase database = new RowDatabase();

  @Test
  void parts_useNothingButTheSpi() throws IOException {
    for (String part : List.of("RowDatabase", "RowSink", "WebSink", "LineSource")) {
      Path file =
          Path.of("src", "test", "java")
              .resolve(getClass().getPackageName().replace('.', '/'))
              .resolve(part + ".java");
      try (Stream<String> text = Files.lines(file)) {
        assertThat(text.filter(line -> line.startsWith("import ")))
            .as("what %s imports", part)
            .allMatch(
                line ->
                    line.matches(
                        "import (java|dev\\.twinlog\\.spi|org\\.apache\\.kafka\\.common)\\..*"));
      }
    }
  }

  @Test
  @ExpectedLogs("RETRYING|closing took longer|could not be saved")
  void rowsAreThereExactlyOnceAfterACrashOfTheDatabase() throws Exception {
    append(FIRST, 0, 700);
    append(SECOND, 0, 300);
    database.crashAfter(9);
    try (Replicator replicator = toRows().closeTimeout(Duration.ZERO).build()) {
      assertThat(replicator.status().deliveryGuarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
      replicator.start();
      await().atMost(LIMIT).until(database::isDown);
      assertThat(replicator.awaitCaughtUp(Duration.ofMillis(100))).isFalse();
    }
    assertThat(database.rows()).isNotEmpty().hasSizeLessThan(1_000);
    database.repair();
    append(FIRST, 700, 800);
    copy(toRows());
    assertRows();
    append(SECOND, 300, 310);
    copy(toRows());
    assertRows();
  }

  @Test
  @ExpectedLogs("RETRYING")
  void databaseThatIsAwayForAWhileIsWaitedFor() throws Exception {
    append(FIRST, 0, 200);
    database.crashAfter(3);
    try (Replicator replicator = toRows().build()) {
      replicator.start();
      await().atMost(LIMIT).until(database::isDown);
      database.repair();
      append(SECOND, 0, 50);
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
    }
    assertRows();
  }

  @Test
  @ExpectedLogs("RETRYING|closing took longer|could not be saved")
  void routeThatWasNeverWrittenLosesNothingWhenTheOthersAreAhead() throws Exception {
    append(FIRST, 0, 400);
    database.lock(Set.of(SECOND));
    try (Replicator replicator =
        toRows().partitionMapper(PartitionMapper.keyHash()).closeTimeout(Duration.ZERO).build()) {
      replicator.start();
      await().atMost(LIMIT).until(() -> !database.rows().isEmpty());
    }
    assertThat(database.values(FIRST)).isNotEmpty();
    assertThat(database.values(SECOND)).isEmpty();
    database.repair();
    copy(toRows().partitionMapper(PartitionMapper.keyHash()));
    List<String> copied = database.rows().stream().map(RowDatabase.Row::value).toList();
    assertThat(copied).containsExactlyInAnyOrderElementsOf(lines.lines(FIRST));
    assertThat(database.values(FIRST)).isSortedAccordingTo(CustomPartsIT::byNumber);
    assertThat(database.values(SECOND)).isSortedAccordingTo(CustomPartsIT::byNumber);
  }

  @Test
  @ExpectedLogs("RETRYING")
  void webServerGetsEverythingInOrderAndGoesOnAfterARestart() throws Exception {
    try (WebServer server = new WebServer()) {
      server.failEvery(4);
      append(FIRST, 0, 150);
      append(SECOND, 0, 90);
      copy(link(lines, new WebSink(server.address())));
      append(FIRST, 150, 200);
      copy(link(lines, new WebSink(server.address())));
      // a request that failed took nothing, and a link that was closed well repeats nothing
      assertThat(server.posted(0)).isEqualTo(lines.lines(FIRST));
      assertThat(server.posted(1)).isEqualTo(lines.lines(SECOND));
    }
  }

  @Test
  void customSourceFeedsKafka(TwinKafka twin) throws Exception {
    String topic = twin.topic("lines");
    KafkaSink kafka = KafkaSink.to(cluster("eu-west", twin.target().bootstrapServers())).build();
    append(FIRST, 0, 500);
    append(SECOND, 0, 20);
    Replicator.Builder builder =
        Replicator.builder().link(topic).source(lines).sink(kafka).topicMapper(from -> topic);
    try (Replicator replicator = builder.build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
      append(SECOND, 20, 60);
      assertThat(replicator.awaitCaughtUp(LIMIT)).isTrue();
      assertThat(replicator.status().lagRecords()).isZero();
    }
    append(FIRST, 500, 510);
    copy(builder);
    List<String> expected = new ArrayList<>(lines.lines(FIRST));
    expected.addAll(lines.lines(SECOND));
    assertThat(KafkaTopics.of(twin.target()).read(topic))
        .extracting(one -> new String(one.value(), StandardCharsets.UTF_8))
        .isEqualTo(expected);
  }

  @Test
  void kafkaFeedsACustomSink(TwinKafka twin) throws Exception {
    String topic = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(topic, 2, Map.of());
    for (int run = 0; run < 2; run++) {
      source.sendNumbered(topic, 300);
      copy(
          link(
              KafkaSource.from(cluster("us-east", twin.source().bootstrapServers()))
                  .topics(TopicSelector.named(topic))
                  .build(),
              new RowSink(database)));
    }
    for (int partition = 0; partition < 2; partition++) {
      int number = partition;
      assertThat(database.values(new TopicPartition(topic, partition)))
          .isEqualTo(
              source.read(topic).stream()
                  .filter(one -> one.partition() == number)
                  .map(one -> new String(one.value(), StandardCharsets.UTF_8))
                  .toList());
    }
    assertThat(database.rows()).hasSize(600);
  }

  private Replicator.Builder toRows() {
    return link(lines, new RowSink(database)).maxInFlightBytes(64 << 10);
  }

  private Replicator.Builder link(Source source, Sink sink) {
    return Replicator.builder()
        .link("custom")
        .source(source)
        .sink(sink)
        .progressStore(FileProgressStore.at(directory));
  }

  private static void copy(Replicator.Builder builder) throws InterruptedException {
    try (Replicator replicator = builder.build()) {
      replicator.start();
      assertThat(replicator.awaitCaughtUp(LIMIT)).as("%s", replicator.status()).isTrue();
    }
  }

  private void assertRows() {
    assertThat(database.values(FIRST)).isEqualTo(lines.lines(FIRST));
    assertThat(database.values(SECOND)).isEqualTo(lines.lines(SECOND));
  }

  private void append(TopicPartition file, int from, int to) {
    lines.append(file, IntStream.range(from, to).mapToObj(i -> "line " + i).toList());
  }

  private static int byNumber(String one, String other) {
    return Integer.compare(
        Integer.parseInt(one.substring(5)), Integer.parseInt(other.substring(5)));
  }

  private static KafkaCluster cluster(String alias, String bootstrapServers) {
    return KafkaCluster.of(alias, bootstrapServers);
  }

  /** Keeps the lines that were posted to it, by path. */
  private static final class WebServer implements AutoCloseable {
    private final HttpServer server;
    private final List<String> first = Collections.synchronizedList(new ArrayList<>());
    private final List<String> second = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger requests = new AtomicInteger();
    private volatile int failEvery = Integer.MAX_VALUE;

    WebServer() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean fails = requests.incrementAndGet() % failEvery == 0;
            if (!fails) {
              posted(exchange.getRequestURI().getPath().equals("/0") ? 0 : 1)
                  .addAll(List.of(body.split("\n", -1)));
            }
            exchange.sendResponseHeaders(fails ? 503 : 204, -1);
            exchange.close();
          });
      server.start();
    }

    URI address() {
      return URI.create(
          "http://%s:%d/"
              .formatted(
                  server.getAddress().getAddress().getHostAddress(),
                  server.getAddress().getPort()));
    }

    void failEvery(int requests) {
      failEvery = requests;
    }

    List<String> posted(int partition) {
      return partition == 0 ? first : second;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
