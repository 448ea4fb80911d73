package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests when control codes are sent to the terminal. */
final class TerminalTest {
  @Test
  void wantsControlCodes_unlessTheEnvironmentObjects() {
    assertThat(Terminal.wantsControlCodes(Map.of("TERM", "xterm"))).isTrue();
    assertThat(Terminal.wantsControlCodes(Map.of())).isTrue();
    assertThat(Terminal.wantsControlCodes(Map.of("TERM", "dumb"))).isFalse();
    assertThat(Terminal.wantsControlCodes(Map.of("NO_COLOR", "1"))).isFalse();
    assertThat(Terminal.wantsControlCodes(Map.of("NO_COLOR", ""))).isTrue();
  }
}
