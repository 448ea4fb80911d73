package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests brokers in JVMs of their own: kill, freeze, restart and other class paths. */
final class ChildKafkaIT {
  /** A broker that every test leaves running. */
  private static ChildKafka one;

  @BeforeAll
  static void start() {
    long started = System.nanoTime();
    one = ChildKafka.start();
    print("child started", started);
  }

  @AfterAll
  static void stop() {
    one.close();
  }

  @Test
  void restart_afterAKillKeepsPortAndData() {
    one.createTopic("orders", 2);
    KafkaTopics topics = KafkaTopics.of(one);
    topics.sendNumbered("orders", 20);
    String address = one.bootstrapServers();
    assertThatIllegalStateException().isThrownBy(one::restart).withMessageContaining("kill()");

    one.kill();
    assertThat(one.process().isAlive()).isFalse();
    long restarted = System.nanoTime();
    one.restart();
    print("child restarted", restarted);

    assertThat(one.bootstrapServers()).isEqualTo(address);
    topics.sendNumbered("orders", 20);
    assertThat(topics.read("orders")).hasSize(40);
    topics.delete("orders");
  }

  @Test
  @Tag("long")
  void kill_ofOneBrokerOfThree_leavesTheOthersAtWork() {
    long started = System.nanoTime();
    try (ChildKafka kafka = ChildKafka.builder().brokers(3).start()) {
      print("three children started", started);
      kafka.createTopic("orders", 3, Map.of("min.insync.replicas", "2"));
      KafkaTopics topics = KafkaTopics.of(kafka);
      topics.sendNumbered("orders", 30);

      kafka.kill(2);
      assertThat(kafka.process(2).isAlive()).isFalse();
      assertThat(kafka.process(1).isAlive()).isTrue();
      topics.sendNumbered("orders", 30);
      long restarted = System.nanoTime();
      kafka.restart(2);
      print("child restarted", restarted);

      kafka.kill(1);
      topics.sendNumbered("orders", 30);
      assertThat(topics.read("orders")).hasSize(90);
    }
  }

  @Test
  void freeze_silencesTheBrokerUntilThaw() throws Exception {
    Map<String, Object> impatient = new HashMap<>(one.clientProperties());
    impatient.put("request.timeout.ms", "500");
    impatient.put("default.api.timeout.ms", "1000");
    try (Admin admin = Admin.create(impatient)) {
      assertThat(admin.describeCluster().nodes().get()).hasSize(1);
      one.freeze();
      assertThatThrownBy(() -> admin.listTopics().names().get())
          .hasCauseInstanceOf(TimeoutException.class);
      one.thaw();
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> admin.listTopics().names().get(), java.util.Set::isEmpty);
    }
  }

  @Test
  @Tag("long")
  void security_isThatOfTheOtherBackends() {
    try (ChildKafka kafka =
        ChildKafka.builder()
            .security(KafkaSecurity.scram().overTls().user("alice").acls())
            .start()) {
      kafka.createTopic("orders", 1);
      KafkaTopics.of(kafka).sendNumbered("orders", 3);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(3);
      assertThatThrownBy(
              () -> KafkaTopics.of(kafka.clientProperties("alice")).create("mine", 1, Map.of()))
          .hasMessageContaining("Authorization");
    }
  }

  @Test
  @Tag("long")
  void classPath_mayBeAnother() {
    List<Path> servers =
        Pattern.compile(Pattern.quote(File.pathSeparator))
            .splitAsStream(System.getProperty("java.class.path"))
            .filter(
                entry ->
                    !entry.matches(
                        ".*(logback|junit|assertj|mockito|testcontainers|test-classes).*"))
            .map(Path::of)
            .toList();
    try (ChildKafka kafka =
        ChildKafka.builder().classPath(servers).config("message.max.bytes", "12345").start()) {
      kafka.createTopic("orders", 1);
      KafkaTopics.of(kafka).sendNumbered("orders", 3);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(3);
    }
  }

  @Test
  void start_thatFailsShowsWhatTheBrokerPrinted() {
    assertThatIllegalStateException()
        .isThrownBy(() -> ChildKafka.builder().config("num.io.threads", "many").start())
        .withMessageContaining("ended while it started")
        .withMessageContaining("Invalid value many for configuration num.io.threads");
  }

  private static void print(String what, long since) {
    System.out.printf(
        "%s in %d ms%n", what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since));
  }
}
