package dev.twinlog.testkit.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinlog.testkit.KafkaTopics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Tests a broker in a container, where Docker runs. */
final class ContainerKafkaIT {
  @Test
  void unavailable_saysWhatATestNeeds() {
    assertThat(ContainerKafka.unavailable())
        .satisfiesAnyOf(
            none -> assertThat(none).isEmpty(),
            reason -> assertThat(reason.orElseThrow()).startsWith("needs Docker"));
  }

  // A condition and not an assumption, since reports show a condition's reason for the skip.
  @Test
  @EnabledIf(
      value = "dockerAnswers",
      disabledReason = "needs Docker: no engine answers on this machine")
  void start_givesABrokerThatTakesAndReturnsRecords() {
    try (ContainerKafka kafka = ContainerKafka.start()) {
      kafka.createTopic("orders", 2);
      KafkaTopics.of(kafka).sendNumbered("orders", 10);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(10);
      assertThatIllegalArgumentException().isThrownBy(() -> kafka.clientProperties("alice"));
    }
  }

  static boolean dockerAnswers() {
    return ContainerKafka.unavailable().isEmpty();
  }
}
