package dev.twinlog.internal.kafka.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Node;

/**
 * Fetches the brokers of a cluster, with their advertised addresses, from the addresses of {@code
 * bootstrap.servers}. An admin client can't do this: once it knows the brokers it connects only to
 * them.
 */
@FunctionalInterface
public interface AdvertisedBrokers {

  /**
   * Returns the brokers; empty if none of the addresses answers. Ends early if the thread is
   * interrupted.
   *
   * @param settings how to connect
   * @param patience how long to wait for an answer at most
   */
  Optional<List<Node>> ask(ClientSettings settings, Duration patience);
}
