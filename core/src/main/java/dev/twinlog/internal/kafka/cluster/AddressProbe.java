package dev.twinlog.internal.kafka.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.common.Node;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why a cluster does not answer: clients only report a timeout. Tries to connect to each
 * address of {@code bootstrap.servers} for a moment. Where one accepts connections, the advertised
 * addresses of the brokers, which clients use next, are fetched from it and tried as well.
 *
 * <p>A result is reused for some seconds: one outage fails many calls. Thread-safe.
 */
final class AddressProbe {
  private static final int PATIENCE_MS = 300;
  private static final int MOST = 3;

  /** The time for an answer: a handshake with TLS and SASL takes some round trips. */
  private static final Duration ANSWER = Duration.ofMillis(1_500);

  private static final long ALL_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long FRESH_NANOS = Duration.ofSeconds(5).toNanos();

  private volatile @Nullable Found last;

  private record Found(String words, long at) {}

  /** Returns the result of connecting to the cluster, as text. May block for four seconds. */
  String look(ClientSettings settings) {
    Found known = last;
    if (known == null || System.nanoTime() - known.at() > FRESH_NANOS) {
      known = new Found(find(settings), System.nanoTime());
      last = known;
    }
    return known.words();
  }

  private static String find(ClientSettings settings) {
    String bootstrap = settings.value(ClientProperties.BOOTSTRAP_SERVERS).orElse("");
    List<String> addresses = List.of(bootstrap.split("\\s*,\\s*"));
    List<String> open = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (String address : addresses.subList(0, Math.min(MOST, addresses.size()))) {
      String problem = problem(address);
      if (problem == null) {
        open.add(address);
      } else {
        found.add(address + ": " + problem);
      }
    }
    if (!open.isEmpty()) {
      found.add(0, String.join(", ", open) + " " + behind(settings));
    }
    return String.join("; ", found);
  }

  /** Returns what answers at addresses that accept connections. */
  private static String behind(ClientSettings settings) {
    AdvertisedBrokers advertised = settings.advertised();
    if (advertised == null) {
      return "takes connections; perhaps it does not answer as a Kafka broker of that security.protocol, or the addresses that the brokers advertise (advertised.listeners) can't be reached from here";
    }
    return advertised
        .ask(settings, ANSWER)
        .map(AddressProbe::ofBrokers)
        .orElse(
            "takes connections, but does not answer as a Kafka broker of that security.protocol");
  }

  private static String ofBrokers(List<Node> brokers) {
    long deadline = System.nanoTime() + ALL_NANOS;
    List<String> dead = new ArrayList<>();
    for (Node broker : brokers) {
      if (dead.size() == MOST || System.nanoTime() - deadline > 0) {
        break;
      }
      String address =
          (broker.host().contains(":") ? "[%s]:%d" : "%s:%d")
              .formatted(broker.host(), broker.port());
      String problem = problem(address);
      if (problem != null) {
        dead.add("broker %d at %s (%s)".formatted(broker.id(), address, problem));
      }
    }
    return dead.isEmpty()
        ? "answers, and so do the addresses that its brokers advertise"
        : "answers, but what its brokers advertise can't be connected to from here: %s; their advertised.listeners must name addresses that this machine reaches"
            .formatted(String.join(", ", dead));
  }

  /** Returns why a connection to the address fails; null if it succeeds. */
  private static @Nullable String problem(String address) {
    try (Socket socket = new Socket()) {
      InetSocketAddress parsed =
          ClientUtils.parseAndValidateAddresses(List.of(address), "use_all_dns_ips").get(0);
      socket.connect(parsed, PATIENCE_MS);
      return null;
    } catch (IOException | RuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
