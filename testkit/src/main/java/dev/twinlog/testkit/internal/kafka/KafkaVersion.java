package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Compares the Kafka version that the testkit was built for with the one on the class path.
 *
 * <p>Must not refer to any server class: its exception is thrown in place of a {@link
 * LinkageError}.
 */
public final class KafkaVersion {
  private static final String RESOURCE = "/dev/twinlog/testkit/kafka.properties";

  private KafkaVersion() {}

  /** The version of Kafka's server classes that {@link KraftNode} was compiled against. */
  public static String builtFor() {
    try (InputStream in = KafkaVersion.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("The testkit's jar lacks its resource " + RESOURCE);
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("kafka.version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version of kafka-clients on this JVM's class path. */
  public static String onClassPath() {
    return AppInfoParser.getVersion();
  }

  /**
   * Fails unless the class path has the version that the testkit was built for.
   *
   * @throws IllegalStateException if it hasn't; the message names both versions and what to do
   */
  public static void requireMatch() {
    requireMatch(builtFor(), onClassPath());
  }

  static void requireMatch(String builtFor, String onClassPath) {
    if (!builtFor.equals(onClassPath)) {
      throw new IllegalStateException(
          "This testkit runs brokers of Kafka "
              + builtFor
              + " on this JVM's class path and needs kafka-clients "
              + builtFor
              + ", but the class path has kafka-clients "
              + onClassPath
              + ". Either align them (manage org.apache.kafka:kafka-clients and the other org.apache.kafka artifacts to "
              + builtFor
              + " for the tests, or use the twinlog-testkit that was built for "
              + onClassPath
              + "), or start the broker in a JVM of its own: ChildKafka.builder().classPath(<jars of Kafka "
              + builtFor
              + " or any other version>).");
    }
  }
}
