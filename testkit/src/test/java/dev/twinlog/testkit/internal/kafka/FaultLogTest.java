package dev.twinlog.testkit.internal.kafka;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Tests that a fatal fault of an embedded node is thrown with the later ones suppressed. */
final class FaultLogTest {
  @Test
  void throwIfAny_throwsTheFirstFaultWithTheOthersSuppressed() {
    FaultLog faults = new FaultLog();
    assertThatCode(faults::throwIfAny).doesNotThrowAnyException();

    faults.record("node 0, raft manager: lost", new IOException("disk"));
    faults.record("node 1, raft manager: lost too", null);

    assertThatIllegalStateException()
        .isThrownBy(faults::throwIfAny)
        .withMessage("Fatal fault in an embedded Kafka node: node 0, raft manager: lost")
        .withRootCauseInstanceOf(IOException.class)
        .satisfies(e -> org.assertj.core.api.Assertions.assertThat(e.getSuppressed()).hasSize(1));
  }
}
