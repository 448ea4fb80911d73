package dev.twinlog.internal.kafka.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.LinkFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ClientSettingsTest {
  private static final String AUTOMATIC_PROVIDERS = "org.apache.kafka.automatic.config.providers";

  private final ClientSettings settings =
      ClientSettings.of(
          "us-east",
          "a:1",
          Map.of(
              "security.protocol", "SSL",
              "fetch.min.bytes", "7",
              "linger.ms", "1",
              "client.id", "mine",
              "request.timeout.ms", "1"),
          Map.of("linger.ms", "2"));

  @Test
  void eachClient_isGivenOnlyWhatItKnows() {
    Map<String, Object> admin = settings.admin("admin");
    Map<String, Object> consumer = settings.consumer("reader", Map.of());
    Map<String, Object> producer = settings.producer("writer", Map.of("batch.size", 5));
    assertThat(AdminClientConfig.configNames()).containsAll(admin.keySet());
    assertThat(ConsumerConfig.configNames()).containsAll(consumer.keySet());
    assertThat(ProducerConfig.configNames()).containsAll(producer.keySet());
    assertThat(admin)
        .containsEntry("request.timeout.ms", "1")
        .containsEntry("receive.buffer.bytes", -1)
        .containsEntry("client.id", "mine-admin");
    assertThat(consumer)
        .containsEntry("fetch.min.bytes", "7")
        .containsEntry("auto.offset.reset", "none")
        .containsEntry("client.id", "mine-reader");
    assertThat(producer)
        .containsEntry("linger.ms", "2")
        .containsEntry("batch.size", 5)
        .containsEntry("acks", "all")
        .containsEntry("enable.idempotence", true);
  }

  private static ClientSettings with(Map<String, String> properties) {
    return ClientSettings.of("us-east", "localhost:1", properties, Map.of());
  }

  @Test
  void aControlCall_mayTakeLongerThanOneRequestOfIt_whateverTheUserSets() {
    for (Map<String, String> properties :
        List.of(
            Map.<String, String>of(),
            Map.of("request.timeout.ms", "30000"),
            Map.of("request.timeout.ms", " 2147483647 "),
            Map.of("default.api.timeout.ms", "3000"),
            Map.of("default.api.timeout.ms", "60000", "request.timeout.ms", "30000"))) {
      // Kafka checks both when the client is created
      Admin.create(with(properties).admin("test")).close(Duration.ZERO);
      assertThat(with(properties).problems(true)).isEmpty();
    }
    assertThat(with(Map.of("request.timeout.ms", "30000")).boundedCalls())
        .isEqualTo(Map.of("request.timeout.ms", 30_000, "default.api.timeout.ms", 35_000));
  }

  @Test
  void settingsThatDoNotGoTogether_areProblems() {
    assertThat(
            with(Map.of(
                    "default.api.timeout.ms", "1000",
                    "request.timeout.ms", "2000",
                    "delivery.timeout.ms", "2004",
                    "max.in.flight.requests.per.connection", "6"))
                .problems(true))
        .containsExactly(
            "default.api.timeout.ms was 1000 but must be at least request.timeout.ms, which is 2000",
            "delivery.timeout.ms was 2004 but must be at least linger.ms + request.timeout.ms, which is 2005",
            "max.in.flight.requests.per.connection was 6 but must be at most 5, or the order of records could not be kept");
    assertThat(with(Map.of("delivery.timeout.ms", "30000")).problems(true)).hasSize(1);
    assertThat(with(Map.of("delivery.timeout.ms", "30000")).problems(false)).isEmpty();
    assertThat(with(Map.of("max.request.size", "${file:a:b}")).problems(true))
        .containsExactly(
            "property max.request.size can't come from a config provider: Twinlog reads it itself");
  }

  @Test
  void variablesWithoutAConfigProvider_areProblems() {
    assertThat(
            with(Map.of(
                    "ssl.truststore.password", "${env:STORE}",
                    "config.providers", "file, vault",
                    "config.providers.file.class", FileConfigProvider.class.getName()))
                .problems(false))
        .containsExactly(
            "config.providers names vault, but config.providers.vault.class is not set",
            "property ssl.truststore.password has ${env:STORE}, but config.providers does not name env");
  }

  @Test
  void variablesOfAllProviders_areFound_orNamed(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("secrets.properties"), "user=u\npassword=p\n");
    Files.writeString(directory.resolve("store"), "/stores/trust.p12");
    String jaas = "username=\"${file:%s:user}\" password=\"${file:%s:%s}\"";
    Map<String, String> properties = new HashMap<>();
    properties.put("config.providers", "file,directory,env");
    properties.put("config.providers.file.class", FileConfigProvider.class.getName());
    properties.put("config.providers.directory.class", DirectoryConfigProvider.class.getName());
    properties.put("config.providers.env.class", EnvVarConfigProvider.class.getName());
    properties.put("ssl.truststore.location", "${directory:" + directory + ":store}");
    properties.put("ssl.truststore.password", "${env:PATH}");
    properties.put("sasl.jaas.config", jaas.formatted(file, file, "password"));
    assertThat(with(properties).problems(true)).isEmpty();
    AdminClientConfig found = new AdminClientConfig(with(properties).admin("a"));
    assertThat(found.getString("ssl.truststore.location")).isEqualTo("/stores/trust.p12");
    assertThat(found.getPassword("ssl.truststore.password").value())
        .isEqualTo(System.getenv("PATH"));
    assertThat(found.getPassword("sasl.jaas.config").value())
        .isEqualTo("username=\"u\" password=\"p\"");

    properties.put("sasl.jaas.config", jaas.formatted(file, file, "absent"));
    for (ThrowingCallable client :
        List.<ThrowingCallable>of(
            () -> with(properties).admin("a"),
            () -> with(properties).connections("a"),
            () -> with(properties).consumer("a", Map.of()),
            () -> with(properties).producer("a", Map.of()))) {
      assertThatThrownBy(client)
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "property sasl.jaas.config: its config provider has no value for ${file:%s:absent}",
              file);
    }
  }

  @Test
  void aConfigProviderThatTheJvmDoesNotAllow_isAnErrorThatSaysWhatToSet() {
    ClientSettings settings =
        with(
            Map.of(
                "config.providers", "env",
                "config.providers.env.class", EnvVarConfigProvider.class.getName(),
                "ssl.truststore.password", "${env:PATH}"));
    System.setProperty(AUTOMATIC_PROVIDERS, "none");
    try (LazyAdmin admin = new LazyAdmin(settings)) {
      assertThatThrownBy(admin::get)
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContainingAll("EnvVarConfigProvider is not allowed", AUTOMATIC_PROVIDERS);
    } finally {
      System.clearProperty(AUTOMATIC_PROVIDERS);
    }
  }
}
