package dev.twinlog.testkit;

import dev.twinlog.testkit.container.ContainerKafka;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/**
 * A real Kafka cluster for a test: an {@link EmbeddedKafka}, a {@link ChildKafka} or a {@link
 * ContainerKafka}.
 *
 * <p>Thread-safe. The cluster runs from the moment it is handed out until {@link #close()}.
 */
public interface TestKafka extends AutoCloseable {
  /**
   * The addresses for a client's {@code bootstrap.servers}; the same for the life of the cluster,
   * through stops and restarts of its brokers.
   *
   * @throws IllegalStateException if a node of the cluster has died by itself
   */
  String bootstrapServers();

  /**
   * What a client needs to connect: {@code bootstrap.servers} and the security settings, as the
   * super user if the cluster has users. A new map at each call, which the caller may change.
   */
  Map<String, String> clientProperties();

  /**
   * As {@link #clientProperties()}, but as the given user.
   *
   * @throws IllegalArgumentException if the cluster has no such user
   */
  Map<String, String> clientProperties(String user);

  /** A new admin client of the super user. The caller closes it. */
  default Admin admin() {
    return Admin.create(Map.<String, Object>copyOf(clientProperties()));
  }

  /**
   * Creates a topic with the cluster's default replication factor (up to three) and waits until its
   * partitions have leaders.
   *
   * @param partitions how many partitions, at least 1
   * @throws IllegalStateException if Kafka refuses, with Kafka's reason as the cause
   */
  default void createTopic(String topic, int partitions) {
    createTopic(topic, partitions, Map.of());
  }

  /** As {@link #createTopic(String, int)}, with topic configs such as {@code cleanup.policy}. */
  default void createTopic(String topic, int partitions, Map<String, String> configs) {
    KafkaTopics.of(this).create(topic, partitions, configs);
  }

  /** Stops the cluster and deletes its data. Idempotent. */
  @Override
  void close();
}
