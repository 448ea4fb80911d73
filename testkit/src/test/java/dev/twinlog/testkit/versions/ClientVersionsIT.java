package dev.twinlog.testkit.versions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorAssertions;
import dev.twinlog.testkit.TestKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.child.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests one build of Twinlog with every kafka-clients version that it supports: which path it
 * chooses with each, and that the copy is exact. Run by {@code -Pclients}, which provides the jars.
 *
 * <p>The link runs in a JVM of its own, without Kafka's server and with the other kafka-clients.
 */
@TwinClusters
final class ClientVersionsIT {
  private static final Path JARS = Path.of("target", "clients");
  private static final Pattern NAME = Pattern.compile("kafka-clients-(.*)\\.jar");
  private static final Duration LIMIT = Duration.ofSeconds(90);

  static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(JARS)) {
      List<Path> jars =
          files
              .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
              .sorted()
              .toList();
      assertThat(jars).as("what -Pclients has put into %s", JARS).isNotEmpty();
      return jars;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("jars")
  void batchPathIsChosenAndTheCopyIsRight(Path jar, TwinKafka twin) throws Exception {
    String prefix = twin.topic("v");
    List<String> topics =
        List.of(prefix + "-none", prefix + "-lz4", prefix + "-zstd", prefix + "-tx");
    for (String topic : topics) {
      KafkaTopics.of(twin.source()).create(topic, 3, Map.of());
      send(twin.source(), topic, 0, 2_000);
    }
    try (ChildJvm link =
        ChildJvm.builder(VersionedLink.class.getName())
            .name("link")
            .classPath(classPath(jar))
            .args(
                twin.source().bootstrapServers(),
                twin.target().bootstrapServers(),
                Pattern.quote(prefix) + ".*")
            .start()) {
      String path = link.awaitLine(line -> line.startsWith("path "), LIMIT);
      System.out.printf("kafka-clients %s: %s%n", jar.getFileName(), path);
      assertThat(path).isEqualTo("path BATCHES as it should be");
      awaitCaughtUp(link);
      for (String topic : topics) {
        send(twin.source(), topic, 2_000, 4_000);
      }
      awaitCaughtUp(link);
      assertMirrored(twin, topics);
    }
  }

  private static void awaitCaughtUp(ChildJvm link) {
    link.send("wait");
    link.awaitLine(line -> line.equals("caught up"), LIMIT);
  }

  private static void assertMirrored(TwinKafka twin, List<String> topics) {
    for (String topic : topics) {
      MirrorAssertions.assertMirrored(twin.source(), twin.target(), topic);
    }
  }

  /**
   * Writes to the topic {@code -tx} in transactions, every third of which is aborted, and to the
   * others as their names say.
   */
  private static void send(TestKafka kafka, String topic, int from, int to) {
    String kind = topic.substring(topic.lastIndexOf('-') + 1);
    boolean transactions = kind.equals("tx");
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put("compression.type", transactions ? "lz4" : kind);
    if (transactions) {
      config.put("transactional.id", topic);
    }
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      if (transactions) {
        producer.initTransactions();
      }
      for (int i = from; i < to; i++) {
        if (transactions && i % 100 == 0) {
          producer.beginTransaction();
        }
        byte[] text = ("record " + i).getBytes(StandardCharsets.UTF_8);
        var unused = producer.send(new ProducerRecord<>(topic, i % 3, text, text));
        if (transactions && i % 100 == 99) {
          end(producer, i / 100 % 3 == 1);
        }
      }
    }
  }

  private static void end(Producer<byte[], byte[]> producer, boolean abort) {
    if (abort) {
      producer.flush(); // otherwise the abort would drop its unsent records
      producer.abortTransaction();
    } else {
      producer.commitTransaction();
    }
  }

  /** This JVM's class path without Kafka's server and with the other kafka-clients. */
  private static List<Path> classPath(Path jar) {
    List<Path> entries = new ArrayList<>();
    entries.add(jar);
    Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(System.getProperty("java.class.path"))
        .filter(entry -> !entry.matches(".*[/\\\\](kafka[-_][^/\\\\]*|scala-[^/\\\\]*)\\.jar"))
        .map(Path::of)
        .forEach(entries::add);
    return entries;
  }
}
