package dev.twinlog.testkit.container;

import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.internal.kafka.KafkaVersion;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real Kafka broker in a container, run by Testcontainers, for any published image.
 *
 * <p>Needs {@code org.testcontainers:testcontainers-kafka} on the class path, which the testkit
 * doesn't depend on, and a Docker engine; check {@link #unavailable()} first. Plaintext only.
 * Thread-safe.
 */
public final class ContainerKafka implements TestKafka {
  private final KafkaContainer container;

  private ContainerKafka(KafkaContainer container) {
    this.container = container;
  }

  /**
   * Why no container can run here, as a reason to skip a test with: it begins with {@code needs
   * Docker}. Empty where a Docker engine answers.
   */
  public static Optional<String> unavailable() {
    if (DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.empty();
    }
    return Optional.of("needs Docker: no engine answers on this machine");
  }

  /** Starts Apache Kafka's own image, of the version that the testkit was built for. */
  public static ContainerKafka start() {
    return start("apache/kafka:" + KafkaVersion.builtFor());
  }

  /**
   * Starts a broker from an image.
   *
   * @param image an image that Testcontainers' {@code KafkaContainer} can run: {@code apache/kafka}
   *     or {@code apache/kafka-native}, with a tag
   * @throws IllegalStateException if there is no Docker engine
   */
  public static ContainerKafka start(String image) {
    unavailable()
        .ifPresent(
            reason -> {
              throw new IllegalStateException(reason);
            });
    KafkaContainer container = new KafkaContainer(DockerImageName.parse(image));
    container.withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false");
    container.start();
    return new ContainerKafka(container);
  }

  @Override
  public String bootstrapServers() {
    return container.getBootstrapServers();
  }

  @Override
  public Map<String, String> clientProperties() {
    Map<String, String> properties = new HashMap<>();
    properties.put("bootstrap.servers", Objects.requireNonNull(bootstrapServers()));
    return properties;
  }

  @Override
  public Map<String, String> clientProperties(String user) {
    throw new IllegalArgumentException(
        "the cluster has no user \"" + user + "\": a container's broker is plaintext");
  }

  @Override
  public void close() {
    container.close();
  }
}
