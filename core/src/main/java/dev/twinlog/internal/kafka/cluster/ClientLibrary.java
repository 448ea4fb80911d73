package dev.twinlog.internal.kafka.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;

/**
 * Hides the differences between the supported versions of kafka-clients, 3.9 and later. Stateless.
 */
public final class ClientLibrary {
  private static final String RESOURCE = "/kafka/kafka-version.properties";

  private ClientLibrary() {}

  /** Returns the version of kafka-clients on the class path. */
  public static String version() {
    Properties properties = new Properties();
    try (InputStream in = Consumer.class.getResourceAsStream(RESOURCE)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      // a shaded jar may not contain it
    }
    return properties.getProperty("version", "of an unknown version");
  }

  /** Returns why the record path can't be used with it, if so. */
  public static Optional<String> recordPathProblem() {
    try {
      ConsumerRecords.class.getMethod("nextOffsets");
      return Optional.empty();
    } catch (NoSuchMethodException e) {
      return Optional.of(
          "the record path needs kafka-clients 4.0 or later, but %s is on the class path"
              .formatted(version()));
    }
  }

  /** Closes a consumer. The method that replaces this one exists only since 4.1. */
  @SuppressWarnings("deprecation")
  public static void close(Consumer<?, ?> consumer, Duration timeout) {
    consumer.close(timeout);
  }
}
