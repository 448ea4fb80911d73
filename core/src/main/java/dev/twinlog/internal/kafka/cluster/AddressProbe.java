package dev.twinlog.internal.kafka.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.apache.kafka.clients.ClientUtils;

/**
 * Tells why nobody answers: clients only say that nothing came within their time. Tries to connect
 * to each address of {@code bootstrap.servers} for a moment. Stateless.
 */
final class AddressProbe {
  private static final int PATIENCE_MS = 300;
  private static final int MOST = 3;

  private AddressProbe() {}

  /** What comes of connecting to these addresses, in words. May block for a second. */
  static String look(String bootstrapServers) {
    StringBuilder found = new StringBuilder();
    List<String> addresses = List.of(bootstrapServers.split("\\s*,\\s*"));
    for (String address : addresses.subList(0, Math.min(MOST, addresses.size()))) {
      found.append(found.isEmpty() ? "" : "; ").append(address).append(": ").append(of(address));
    }
    return found.toString();
  }

  private static String of(String address) {
    try (Socket socket = new Socket()) {
      InetSocketAddress parsed =
          ClientUtils.parseAndValidateAddresses(List.of(address), "use_all_dns_ips").get(0);
      socket.connect(parsed, PATIENCE_MS);
      return "takes connections, but does not answer as a Kafka broker of that security.protocol";
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
