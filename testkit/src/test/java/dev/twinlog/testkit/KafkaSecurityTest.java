package dev.twinlog.testkit;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

/** Tests the checks of {@link KafkaSecurity} that need no broker. */
final class KafkaSecurityTest {
  @Test
  void acls_withoutUsersIsRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> KafkaSecurity.plaintext().acls())
        .withMessage(
            "acls() needs mutualTls(), scram() or plain(): with PLAINTEXT every client is anonymous");
    assertThatIllegalStateException()
        .isThrownBy(() -> KafkaSecurity.tls().user("alice"))
        .withMessageContaining("user(\"alice\")");
  }

  @Test
  void user_withACharacterThatKafkasConfigsWouldMisreadIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KafkaSecurity.plain().user("a;b"))
        .withMessageContaining("\"a;b\"");
  }
}
