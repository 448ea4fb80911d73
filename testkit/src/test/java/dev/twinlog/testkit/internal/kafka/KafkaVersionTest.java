package dev.twinlog.testkit.internal.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

/** Tests the check of the class path's Kafka version. */
final class KafkaVersionTest {
  @Test
  void requireMatch_ofDifferentVersionsNamesBothAndWhatToDo() {
    assertThatIllegalStateException()
        .isThrownBy(() -> KafkaVersion.requireMatch("4.3.1", "4.4.0"))
        .withMessageContaining(
            "needs kafka-clients 4.3.1, but the class path has kafka-clients 4.4.0")
        .withMessageContaining("align them")
        .withMessageContaining("ChildKafka.builder().classPath(");
  }

  @Test
  void builtFor_isTheVersionOfThisBuild() {
    assertThat(KafkaVersion.builtFor()).isEqualTo(KafkaVersion.onClassPath()).doesNotContain("$");
    assertThatCode(KafkaVersion::requireMatch).doesNotThrowAnyException();
  }
}
