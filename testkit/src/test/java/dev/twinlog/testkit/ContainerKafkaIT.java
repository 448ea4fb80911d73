package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

final class ContainerKafkaIT {
  @Test
  void start_givesABrokerThatTakesAndReturnsRecords() {
    ContainerKafka.unavailable().ifPresent(Assumptions::abort);
    try (ContainerKafka kafka = ContainerKafka.start()) {
      kafka.createTopic("orders", 2);
      KafkaTopics.of(kafka).sendNumbered("orders", 10);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(10);
      assertThatIllegalArgumentException().isThrownBy(() -> kafka.clientProperties("alice"));
    }
  }
}
