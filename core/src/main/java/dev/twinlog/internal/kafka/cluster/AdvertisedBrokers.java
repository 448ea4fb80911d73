package dev.twinlog.internal.kafka.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Node;

/**
 * Asks the addresses of {@code bootstrap.servers} which brokers the cluster has, and which
 * addresses these advertise. An admin client does not tell: once it knows the brokers it speaks
 * only with them.
 */
@FunctionalInterface
public interface AdvertisedBrokers {

  /**
   * The brokers; empty if none of the addresses answers. Ends early if the thread is interrupted.
   *
   * @param settings how to connect
   * @param patience how long to wait for an answer at most
   */
  Optional<List<Node>> ask(ClientSettings settings, Duration patience);
}
