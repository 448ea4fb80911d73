package dev.twinlog.internal.kafka.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Test;

final class ClientSettingsTest {
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
}
