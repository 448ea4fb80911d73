package dev.twinlog.testkit.quickstart;

import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.quickstart.Options.Servers;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.Uuid;

/**
 * The two clusters of the quick start: embedded ones that end with it, or the user's own, in which
 * only the quick start's topics are touched. Immutable.
 */
final class Clusters implements AutoCloseable {
  private static final int ANSWER_SECONDS = 15;
  private static final int SUFFIX = 6;

  private final KafkaCluster source;
  private final KafkaCluster target;
  private final String link;
  private final String prefix;
  private final List<AutoCloseable> owned;

  private Clusters(
      KafkaCluster source,
      KafkaCluster target,
      String link,
      String prefix,
      List<AutoCloseable> owned) {
    this.source = source;
    this.target = target;
    this.link = link;
    this.prefix = prefix;
    this.owned = List.copyOf(owned);
  }

  /** Starts two clusters in this process. */
  static Clusters embedded() {
    // One after the other: Kafka's JVM-wide metrics don't allow two concurrent starts.
    EmbeddedKafka usEast = EmbeddedKafka.start();
    EmbeddedKafka euWest;
    try {
      euWest = EmbeddedKafka.start();
    } catch (RuntimeException e) {
      usEast.close();
      throw e;
    }
    return new Clusters(
        KafkaCluster.of("us-east", usEast.bootstrapServers()),
        KafkaCluster.of("eu-west", euWest.bootstrapServers()),
        "us-east-to-eu-west",
        "",
        List.of(usEast, euWest));
  }

  /**
   * Checks that the user's clusters answer, and that they are different clusters.
   *
   * @param keep whether the topics stay when this is closed
   * @param tell receives which topics were deleted or stay
   * @throws IllegalStateException if a cluster doesn't answer, or both are the same
   */
  static Clusters own(Servers servers, boolean keep, Consumer<String> tell)
      throws InterruptedException {
    KafkaCluster source = KafkaCluster.of("source", servers.source());
    KafkaCluster target = KafkaCluster.of("target", servers.target());
    if (clusterId(source).equals(clusterId(target))) {
      throw new IllegalStateException(
          "--source and --target are the same cluster: a topic can't be its own copy");
    }
    String suffix = fresh();
    String link = "quickstart-" + suffix;
    String prefix = "twinlog-quickstart-" + suffix + "-";
    AutoCloseable topics = () -> leave(List.of(source, target), prefix, link, keep, tell);
    return new Clusters(source, target, link, prefix, List.of(topics));
  }

  KafkaCluster source() {
    return source;
  }

  KafkaCluster target() {
    return target;
  }

  /** The properties of a client of that cluster. */
  static Map<String, String> clientProperties(KafkaCluster cluster) {
    return Map.of("bootstrap.servers", cluster.bootstrapServers());
  }

  String link() {
    return link;
  }

  /** The consumer group that reads them. */
  String group() {
    return prefix + "order-readers";
  }

  /** The topic's name in these clusters. */
  String name(ShopTopic topic) {
    return prefix + topic.shortName();
  }

  /** A topic's name without its unique prefix. */
  String shortName(String topic) {
    return topic.substring(prefix.length());
  }

  /** All topics' names in these clusters. */
  String[] names() {
    return Arrays.stream(ShopTopic.values()).map(this::name).toArray(String[]::new);
  }

  @Override
  public void close() {
    try (Cleanup cleanup = new Cleanup()) {
      owned.forEach(cleanup::add);
    }
  }

  private static String clusterId(KafkaCluster cluster) throws InterruptedException {
    try (Admin admin = admin(cluster)) {
      return admin.describeCluster().clusterId().get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "no answer from Kafka at %s, the %s: %s"
              .formatted(cluster.bootstrapServers(), cluster.alias(), cause.getMessage()),
          cause);
    }
  }

  /** Deletes the topics and the group that the quick start created, or reports which stay. */
  private static void leave(
      List<KafkaCluster> clusters,
      String prefix,
      String link,
      boolean keep,
      Consumer<String> tell) {
    for (KafkaCluster cluster : clusters) {
      Set<String> made = new TreeSet<>();
      try (Admin admin = admin(cluster)) {
        for (String topic : admin.listTopics().names().get(ANSWER_SECONDS, TimeUnit.SECONDS)) {
          if (topic.startsWith(prefix) || topic.startsWith("twinlog." + link + ".")) {
            made.add(topic);
          }
        }
        if (!keep) {
          admin.deleteTopics(made).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
          deleteGroups(admin, prefix);
        }
        if (!made.isEmpty()) {
          tell.accept(
              "%s at the %s: %s"
                  .formatted(
                      keep ? "Kept, can be deleted" : "Deleted",
                      cluster.alias(),
                      String.join(", ", made)));
        }
      } catch (ExecutionException | TimeoutException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        tell.accept(
            "Could not clean up at the %s (%s): please delete the topics %s*"
                .formatted(cluster.alias(), cause.getMessage(), prefix));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        tell.accept("Interrupted: please delete the topics %s*".formatted(prefix));
      }
    }
  }

  private static void deleteGroups(Admin admin, String prefix)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<String> groups =
        admin.listGroups().all().get(ANSWER_SECONDS, TimeUnit.SECONDS).stream()
            .map(GroupListing::groupId)
            .filter(group -> group.startsWith(prefix))
            .toList();
    admin.deleteConsumerGroups(groups).all().get(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  private static Admin admin(KafkaCluster cluster) {
    return Admin.create(
        Map.of(
            "bootstrap.servers",
            cluster.bootstrapServers(),
            "client.id",
            "quickstart-admin",
            "default.api.timeout.ms",
            "10000",
            "request.timeout.ms",
            "10000"));
  }

  private static String fresh() {
    String random =
        Uuid.randomUuid().toString().replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    return random.substring(0, SUFFIX);
  }
}
