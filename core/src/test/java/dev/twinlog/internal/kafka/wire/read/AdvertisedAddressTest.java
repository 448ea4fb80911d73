package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.BatchPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

/**
 * Tests the messages about clusters whose bootstrap address answers while their brokers can't be
 * reached.
 */
final class AdvertisedAddressTest {

  @Test
  void advertisedAddressesThatNobodyListensAt_areNamedWithTheBrokerAndTheSetting()
      throws Exception {
    try (ScriptedBroker bootstrap = new ScriptedBroker()) {
      int dead = closedPort();
      bootstrap.known = Map.of(1, bootstrap.port(), 7, dead);
      assertThat(saidOf(bootstrap))
          .contains(
              "can't be reached to describe the cluster",
              bootstrap.address() + " answers",
              "broker 7 at 127.0.0.1:" + dead + " (Connection refused)",
              "advertised.listeners")
          .doesNotContain("broker 1 at");
    }
  }

  @Test
  void advertisedAddressesThatTakeConnections_areNotBlamed() throws Exception {
    try (ScriptedBroker bootstrap = new ScriptedBroker()) {
      assertThat(saidOf(bootstrap))
          .contains(bootstrap.address() + " answers, and so do the addresses that its brokers");
    }
  }

  @Test
  void anAddressThatIsSilent_isNoBroker() throws Exception {
    try (ScriptedBroker bootstrap = new ScriptedBroker()) {
      bootstrap.silent = true;
      assertThat(saidOf(bootstrap))
          .contains(bootstrap.address() + " takes connections, but does not answer")
          .doesNotContain("advertise");
    }
  }

  private static String saidOf(ScriptedBroker bootstrap) {
    ClientSettings settings =
        ClientSettings.of("eu-west", bootstrap.address(), Map.of(), Map.of())
            .withAdvertised(BatchPath::advertised);
    KafkaErrors errors = new KafkaErrors(settings);
    return String.valueOf(
        errors.link("describe the cluster", new TimeoutException("no node")).getMessage());
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
