package dev.twinlog.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs the examples of services of the module metrics in JVMs of their own, each with the
 * kafka-clients that its framework manages. {@code -Plong} builds them.
 */
@TwinClusters
@Tag("long")
final class ServiceExamplesIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int RECORDS = 1_000;

  private final HttpClient http = HttpClient.newHttpClient();

  /** A service, and what its framework calls things. */
  private enum Example {
    SPRING_BOOT_3("spring-boot-3", "3.9."),
    SPRING_BOOT_4("spring-boot-4", "4.1."),
    MICRONAUT("micronaut", "3.9.");

    private final String folder;
    private final String clients;

    Example(String folder, String clients) {
      this.folder = folder;
      this.clients = clients;
    }

    private Path jar() {
      Path jar = Path.of("..", "metrics", "examples", folder, "target", "mirror.jar");
      assertThat(jar).as("built by mvn -Plong").exists();
      return jar;
    }

    /** A server on a free port of the loopback address, and what it says when it has started. */
    private ChildJvm.Builder service(String... arguments) {
      List<String> all = new ArrayList<>(List.of(arguments));
      String server = this == MICRONAUT ? "--micronaut.server." : "--server.";
      all.add(server + "port=0");
      all.add(server + (this == MICRONAUT ? "host" : "address") + "=127.0.0.1");
      return ChildJvm.builder(
              this == MICRONAUT
                  ? "example.MirrorApplication"
                  : "org.springframework.boot.loader.launch.JarLauncher")
          .classPath(List.of(jar()))
          .jvmArgs("-Xmx256m")
          .args(all.toArray(String[]::new));
    }

    private Pattern port() {
      return Pattern.compile(
          this == MICRONAUT
              ? "Server Running: http://[^:]+:(\\d+)"
              : "Tomcat started on port (\\d+)");
    }

    /** Where its health and its meters are. */
    private String path() {
      return this == MICRONAUT ? "/" : "/actuator/";
    }
  }

  @ParameterizedTest
  @EnumSource
  void aService_copiesAndShowsItsHealthAndMeters_andIsClosedInOrder(Example example, TwinKafka twin)
      throws Exception {
    assertThat(clientsIn(example.jar())).startsWith(example.clients);
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, RECORDS);

    try (ChildJvm service =
        example
            .service(
                "--replicator.link=" + topic,
                "--replicator.topics=" + topic,
                "--replicator.source.bootstrap.servers=" + twin.source().bootstrapServers(),
                "--replicator.bootstrap.servers=" + twin.target().bootstrapServers())
            .name(topic)
            .start()) {
      Pattern started = example.port();
      Matcher port =
          started.matcher(service.awaitLine(line -> started.matcher(line).find(), LIMIT));
      assertThat(port.find()).isTrue();
      URI server = URI.create("http://127.0.0.1:" + port.group(1) + example.path());
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(get(server.resolve("prometheus")).body())
                      .contains("twinlog_link_state{link=\"" + topic + "\",state=\"RUNNING\"} 1.0")
                      .contains(records(topic, 0, RECORDS / 2))
                      .contains(records(topic, 1, RECORDS / 2)));
      HttpResponse<String> health = get(server.resolve("health"));
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains("\"twinlog\":{").doesNotContain("DOWN");
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);

      assertThat(ProcessHandle.of(service.pid()).orElseThrow().destroy()).as("SIGTERM").isTrue();
      await().atMost(LIMIT).until(() -> !service.isAlive());
      assertThat(service.exitStatus()).hasValue(128 + 15);
      assertThat(service.output())
          .anyMatch(line -> line.contains("link " + topic + ": STOPPING -> STOPPED: closed"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServiceWithAMistakeInItsConfiguration_endsAndNamesIt(Example example) {
    try (ChildJvm service =
        example.service("--replicator.topcs.exclude=tmp.*").name(example.folder).start()) {
      await().atMost(LIMIT).until(() -> !service.isAlive());
      assertThat(service.exitStatus()).hasValue(1);
      assertThat(service.output())
          .anyMatch(
              line ->
                  line.contains("replicator.topcs.exclude")
                      && line.contains("replicator.topics.exclude"));
    }
  }

  /** The version of kafka-clients in a jar that has its libraries, or what is in them. */
  private static String clientsIn(Path jar) throws Exception {
    try (JarFile file = new JarFile(jar.toFile())) {
      ZipEntry own = file.getEntry("kafka/kafka-version.properties");
      if (own != null) {
        Properties versions = new Properties();
        try (InputStream in = file.getInputStream(own)) {
          versions.load(in);
        }
        return versions.getProperty("version");
      }
      String prefix = "BOOT-INF/lib/kafka-clients-";
      return file.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.startsWith(prefix))
          .map(name -> name.substring(prefix.length()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String records(String topic, int partition, int count) {
    return "twinlog_records_total{link=\"%s\",partition=\"%d\",topic=\"%s\"} %d.0"
        .formatted(topic, partition, topic, count);
  }

  private HttpResponse<String> get(URI address) throws Exception {
    return http.send(
        HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
