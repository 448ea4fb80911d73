package dev.twinlog.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Runs the Spring Boot examples of the module metrics as services of their own, each with the
 * kafka-clients that its Spring Boot manages. {@code -Plong} builds them.
 */
@TwinClusters
@Tag("long")
final class SpringBootIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final int RECORDS = 1_000;

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest(name = "{0}")
  @CsvSource({"spring-boot-3, kafka-clients-3.9", "spring-boot-4, kafka-clients-4.1"})
  void aService_copiesAndShowsItsHealthAndMeters_andIsClosedInOrder(
      String example, String clients, TwinKafka twin) throws Exception {
    Path jar = Path.of("..", "metrics", "examples", example, "target", "mirror.jar");
    assertThat(jar).as("built by mvn -Plong").exists();
    assertThat(libraries(jar)).anyMatch(name -> name.startsWith(clients));
    String topic = twin.topic("orders");
    KafkaTopics.of(twin.source()).create(topic, 2, Map.of());
    KafkaTopics.of(twin.source()).sendNumbered(topic, RECORDS);

    try (ChildJvm service = service(jar, topic, twin)) {
      Matcher port = PORT.matcher(service.awaitLine(line -> PORT.matcher(line).find(), LIMIT));
      assertThat(port.find()).isTrue();
      URI actuator = URI.create("http://127.0.0.1:" + port.group(1) + "/actuator/");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(get(actuator.resolve("prometheus")).body())
                      .contains("twinlog_link_state{link=\"" + topic + "\",state=\"RUNNING\"} 1.0")
                      .contains(records(topic, 0, RECORDS / 2))
                      .contains(records(topic, 1, RECORDS / 2)));
      HttpResponse<String> health = get(actuator.resolve("health"));
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains("\"twinlog\":{").doesNotContain("DOWN");
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);

      assertThat(ProcessHandle.of(service.pid()).orElseThrow().destroy()).as("SIGTERM").isTrue();
      await().atMost(LIMIT).until(() -> !service.isAlive());
      assertThat(service.exitStatus()).hasValue(128 + 15);
      assertThat(service.output())
          .anyMatch(line -> line.endsWith("link " + topic + ": STOPPING -> STOPPED: closed"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"spring-boot-3", "spring-boot-4"})
  void aServiceWithAMistakeInItsConfiguration_endsAndNamesIt(String example) {
    Path jar = Path.of("..", "metrics", "examples", example, "target", "mirror.jar");
    try (ChildJvm service =
        ChildJvm.builder("org.springframework.boot.loader.launch.JarLauncher")
            .name(example)
            .classPath(List.of(jar))
            .args("--server.port=0", "--replicator.topcs.exclude=tmp.*")
            .start()) {
      await().atMost(LIMIT).until(() -> !service.isAlive());
      assertThat(service.exitStatus()).hasValue(1);
      assertThat(service.output())
          .anyMatch(
              line ->
                  line.contains("replicator.topcs.exclude")
                      && line.contains("replicator.topics.exclude"));
    }
  }

  private static ChildJvm service(Path jar, String topic, TwinKafka twin) {
    return ChildJvm.builder("org.springframework.boot.loader.launch.JarLauncher")
        .name(topic)
        .classPath(List.of(jar))
        .jvmArgs("-Xmx256m")
        .args(
            "--server.port=0",
            "--server.address=127.0.0.1",
            "--replicator.link=" + topic,
            "--replicator.topics=" + topic,
            "--replicator.source.bootstrap.servers=" + twin.source().bootstrapServers(),
            "--replicator.bootstrap.servers=" + twin.target().bootstrapServers())
        .start();
  }

  private static List<String> libraries(Path jar) throws Exception {
    assertThat(Files.size(jar)).isPositive();
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream()
          .map(entry -> entry.getName().replace("BOOT-INF/lib/", ""))
          .filter(name -> name.endsWith(".jar"))
          .toList();
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
