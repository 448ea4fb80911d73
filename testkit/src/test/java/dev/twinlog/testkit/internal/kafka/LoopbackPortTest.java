package dev.twinlog.testkit.internal.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ServerSocketChannel;
import org.junit.jupiter.api.Test;

/** Tests that a port is not handed out again before it is given up. */
final class LoopbackPortTest {

  @Test
  void aPortWhoseBrokerIsDown_isNotReservedByOthers_untilItIsGivenUp() throws Exception {
    LoopbackPort port = LoopbackPort.reserve();
    assertThat(LoopbackPort.reserve(port.number())).as("bound").isEmpty();
    port.unbind();
    assertThat(LoopbackPort.reserve(port.number())).as("the broker starts").isEmpty();
    try (ServerSocketChannel broker = port.takeOver()) {
      assertThat(broker.isOpen()).isTrue();
    }
    assertThat(LoopbackPort.reserve(port.number())).as("the broker is down").isEmpty();
    port.close();
    port.close();
    LoopbackPort other = LoopbackPort.reserve(port.number()).orElseThrow();
    other.close();
  }

  @Test
  void aPortOnWhichAnotherProgramListens_isNotReserved() throws Exception {
    LoopbackPort port = LoopbackPort.reserve();
    try (ServerSocketChannel program = port.takeOver()) {
      port.close();
      assertThat(program.isOpen()).isTrue();
      assertThat(LoopbackPort.reserve(port.number())).isEmpty();
    }
  }
}
