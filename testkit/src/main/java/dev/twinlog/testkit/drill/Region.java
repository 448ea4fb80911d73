package dev.twinlog.testkit.drill;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.NetworkLink;
import java.util.HashMap;
import java.util.Map;

/**
 * A Kafka cluster that a drill uses, and how all of its clients lose it: an embedded one, or one of
 * the user's with what makes it unreachable there, for instance a network policy.
 *
 * <p>Used by one thread at a time.
 */
public interface Region extends AutoCloseable {
  /** The name of the cluster in the link's settings, such as {@code us-east}. */
  String alias();

  /** What a client needs to connect: {@code bootstrap.servers} and the security settings. */
  Map<String, String> clientProperties();

  /** Makes the cluster unreachable for all clients in it and outside, at once. */
  void lose();

  /** Makes it reachable again, with what it had. */
  void restore();

  /** Ends the cluster if the region has started it. */
  @Override
  void close();

  /** The cluster as the setting of a link. */
  default KafkaCluster cluster() {
    Map<String, String> properties = new HashMap<>(clientProperties());
    String servers = properties.remove("bootstrap.servers");
    if (servers == null) {
      throw new IllegalStateException("region %s has no bootstrap.servers".formatted(alias()));
    }
    return KafkaCluster.builder(alias()).bootstrapServers(servers).properties(properties).build();
  }

  /**
   * Starts a cluster of one broker in this process. Losing it cuts off all connections to it.
   *
   * @throws IllegalStateException if it can't be started
   */
  static Region embedded(String alias) {
    NetworkLink network = NetworkLink.builder().start();
    EmbeddedKafka kafka;
    try {
      kafka = EmbeddedKafka.builder().via(network).start();
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
    return new Region() {
      @Override
      public String alias() {
        return alias;
      }

      @Override
      public Map<String, String> clientProperties() {
        return network.clientProperties();
      }

      @Override
      public void lose() {
        network.cut();
      }

      @Override
      public void restore() {
        network.heal();
      }

      @Override
      public void close() {
        kafka.close();
        network.close();
      }
    };
  }

  /**
   * A cluster of the user's, which stays when the drill ends.
   *
   * @param lose makes it unreachable for the drill's clients, and returns when it is
   * @param restore makes it reachable again, and returns when it is
   */
  static Region of(KafkaCluster cluster, Runnable lose, Runnable restore) {
    return new Region() {
      @Override
      public String alias() {
        return cluster.alias();
      }

      @Override
      public Map<String, String> clientProperties() {
        Map<String, String> properties = new HashMap<>(cluster.properties());
        properties.put("bootstrap.servers", cluster.bootstrapServers());
        return properties;
      }

      @Override
      public void lose() {
        lose.run();
      }

      @Override
      public void restore() {
        restore.run();
      }

      @Override
      public void close() {}
    };
  }

  /** A cluster of the user's that is not lost: the target of a drill. It stays when that ends. */
  static Region of(KafkaCluster cluster) {
    Runnable no =
        () -> {
          throw new IllegalStateException(
              "cluster %s can't be lost: Region.of(cluster, lose, restore) says how"
                  .formatted(cluster.alias()));
        };
    return of(cluster, no, no);
  }
}
