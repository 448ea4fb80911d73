package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.records.Answers;
import dev.twinlog.internal.kafka.records.ClientSettings;
import dev.twinlog.internal.kafka.records.LazyAdmin;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/**
 * The state topic of one link: creates it, and reads it as of now. Confined to one thread at a
 * time.
 */
final class StateTopic {
  static final Pattern NAME = Pattern.compile("twinlog\\.[A-Za-z0-9_-]{1,64}\\.state");
  static final int MAX_RECORD_BYTES = 16 << 20;
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(100);

  private final LazyAdmin admin;
  private final String name;

  StateTopic(LazyAdmin admin, String name) {
    this.admin = admin;
    this.name = name;
  }

  static String nameOf(String link) {
    return "twinlog." + link + ".state";
  }

  String name() {
    return name;
  }

  /** Creates the topic unless it exists, and checks that it keeps what it is told. */
  void ensure() {
    try {
      int brokers = Answers.get(admin.get().describeCluster().nodes()).size();
      short replicas = (short) Math.max(1, Math.min(3, brokers));
      NewTopic topic =
          new NewTopic(name, 1, replicas)
              .configs(
                  Map.of(
                      "cleanup.policy", "compact",
                      "compression.type", "producer",
                      "max.message.bytes", Integer.toString(MAX_RECORD_BYTES),
                      "min.insync.replicas", replicas >= 3 ? "2" : "1",
                      "unclean.leader.election.enable", "false"));
      Answers.get(admin.get().createTopics(List.of(topic)).all());
    } catch (TopicExistsException e) {
      requireCompacted();
    } catch (TopicAuthorizationException e) {
      // someone else may have created it for us; if not, the first use of it will say so
      if (!exists()) {
        throw denied("create", "CREATE", e);
      }
    } catch (RuntimeException e) {
      throw admin.errors().link("create topic " + name, "CREATE on Topic " + name, e);
    }
  }

  private boolean exists() {
    try {
      return Answers.get(admin.get().listTopics().names()).contains(name);
    } catch (RuntimeException e) {
      throw admin.errors().link("list topics", e);
    }
  }

  private void requireCompacted() {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    String policy;
    try {
      Config config =
          Objects.requireNonNull(
              Answers.get(admin.get().describeConfigs(List.of(resource)).all()).get(resource));
      policy = Optional.ofNullable(config.get("cleanup.policy")).map(c -> c.value()).orElse("");
    } catch (TopicAuthorizationException e) {
      return;
    } catch (RuntimeException e) {
      throw admin.errors().link("describe the configs of topic " + name, e);
    }
    if (!policy.equals("compact")) {
      throw new LinkFailedException(
          "topic %s on %s has cleanup.policy=%s, so the link's progress would be deleted: set it to compact"
              .formatted(name, admin.errors().alias(), policy));
    }
  }

  /** Everything that is committed now. */
  StateContents read() {
    return read(null);
  }

  /**
   * Everything that is committed, up to the first owner record of {@code instance} at least:
   * whatever an earlier owner had open is settled before it.
   */
  StateContents readUpTo(UUID instance) {
    return read(instance);
  }

  private StateContents read(@Nullable UUID instance) {
    Consumer<byte[], byte[]> consumer = open(admin, name);
    try {
      return read(consumer, instance);
    } catch (TopicAuthorizationException e) {
      throw denied("read", "READ", e);
    } catch (RuntimeException e) {
      throw admin.errors().link("read topic " + name, "READ on Topic " + name, e);
    } finally {
      close(consumer);
    }
  }

  private StateContents read(Consumer<byte[], byte[]> consumer, @Nullable UUID instance) {
    TopicPartition partition = new TopicPartition(name, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition), READ_TIMEOUT).getOrDefault(partition, 0L);
    StateContents contents = new StateContents();
    boolean seen = instance == null;
    long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
    while (!seen || consumer.position(partition, READ_TIMEOUT) < end) {
      if (System.nanoTime() - deadline > 0) {
        throw new RetriableException(
            "%s did not give all of topic %s within %d s"
                .formatted(admin.errors().alias(), name, READ_TIMEOUT.toSeconds()));
      }
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        StateRecords.fold(
            "offset %d of topic %s on %s".formatted(record.offset(), name, admin.errors().alias()),
            record.key(),
            record.value(),
            contents);
        seen |= contents.owner().filter(owner -> owner.equals(instance)).isPresent();
      }
    }
    return contents;
  }

  /** A committed reader; {@code role} tells it from others. */
  static Consumer<byte[], byte[]> open(LazyAdmin admin, String role) {
    Map<String, Object> defaults = new HashMap<>(ClientSettings.boundedCalls());
    // the fetch behind the last record would hold up the closing for that long
    defaults.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    Map<String, Object> config =
        admin
            .settings()
            .consumer(
                "state-%s-%08x".formatted(role, ThreadLocalRandom.current().nextInt()), defaults);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try {
      return new KafkaConsumer<>(config);
    } catch (RuntimeException e) {
      throw admin.errors().link("open a consumer", e);
    }
  }

  static void close(Consumer<byte[], byte[]> consumer) {
    try {
      consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
    } catch (InterruptException e) {
      // the flag is restored; nothing of this consumer is left that matters
    }
  }

  private ReplicationException denied(String what, String operation, RuntimeException cause) {
    return admin
        .errors()
        .link("%s topic %s".formatted(what, name), operation + " on Topic " + name, cause);
  }
}
