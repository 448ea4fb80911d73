package dev.twinlog.internal.link;

import dev.twinlog.AclSync;
import dev.twinlog.ConfigSync;
import dev.twinlog.GroupSync;
import dev.twinlog.LocalCommits;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.kafka.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.kafka.Isolation;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Describes a link between two Kafka clusters by properties; the keys are listed at {@link
 * Replicator#fromProperties}.
 *
 * <p>Throws only after all keys were checked. What a part refuses becomes one of the link's
 * problems, with the key that it came from. A disabled link may be incomplete, but not wrong: it
 * still needs its name, and the values that are set must be usable. A blank value of a key of the
 * link counts as not given.
 */
public final class PropertiesLink {
  private final PropertyReader in;
  private final Replicator.Builder into;
  private final boolean enabled;

  private PropertiesLink(Properties properties, Replicator.Builder into) {
    this.in = new PropertyReader(properties, LinkOptions.KEYS);
    this.into = into;
    this.enabled = in.value(LinkOptions.ENABLED_KEY).orElse(true);
  }

  /**
   * Sets the options that have a property, and leaves the builder's defaults for the others.
   *
   * @return {@code into}
   * @throws ConfigurationException lists all problems
   */
  public static Replicator.Builder describe(Properties properties, Replicator.Builder into) {
    new PropertiesLink(properties, into).describe();
    return into;
  }

  private void describe() {
    into.enabled(enabled);
    link();
    Optional<DataPath> path = in.value(LinkOptions.DATA_PATH);
    source(path);
    sink(path);
    topicSync();
    groupSync();
    mirrorMakerTopics();
    LinkOptions.ALL.forEach(option -> option.read(in, into));
    in.refuseProblems();
  }

  private void link() {
    if (in.text(LinkOptions.LINK_KEY).isEmpty()) {
      in.problem("replicator.link was not set");
    }
    in.value(LinkOptions.LINK_KEY).ifPresent(into::link);
  }

  private void source(Optional<DataPath> path) {
    Optional<String> servers = in.text(LinkOptions.SOURCE_SERVERS);
    if (servers.isEmpty()) {
      missing(LinkOptions.SOURCE_SERVERS, "");
    }
    Optional<KafkaCluster> cluster = cluster("source", LinkOptions.SOURCE_ALIAS, servers);
    Optional<TopicSelector> topics = topics();
    Optional<Isolation> isolation = in.value(LinkOptions.ISOLATION);
    if (cluster.isPresent() && topics.isPresent()) {
      KafkaSource.Builder source = KafkaSource.from(cluster.get()).topics(topics.get());
      isolation.ifPresent(source::isolation);
      path.ifPresent(source::path);
      part("replicator.source.*", source::build).ifPresent(into::source);
    }
  }

  private void sink(Optional<DataPath> path) {
    Optional<String> servers = in.text(LinkOptions.TARGET_SERVERS);
    Optional<String> twin = in.text(LinkOptions.SINK_SERVERS);
    if (servers.isEmpty() && twin.isEmpty()) {
      missing(
          LinkOptions.TARGET_SERVERS,
          ", nor was its twin replicator." + LinkOptions.SINK_SERVERS.name());
    } else if (servers.isPresent() && twin.isPresent() && !servers.equals(twin)) {
      in.problem(
          "replicator.%s was \"%s\" but its twin replicator.%s was \"%s\": give one"
              .formatted(
                  LinkOptions.TARGET_SERVERS.name(),
                  servers.get(),
                  LinkOptions.SINK_SERVERS.name(),
                  twin.get()));
    }
    Optional<KafkaCluster> cluster =
        cluster("sink", LinkOptions.SINK_ALIAS, servers.or(() -> twin));
    Optional<Integer> replicationFactor = in.value(LinkOptions.REPLICATION_FACTOR);
    Consumer<KafkaSink.Builder> recompression = recompression();
    if (cluster.isPresent()) {
      KafkaSink.Builder sink = KafkaSink.to(cluster.get());
      replicationFactor.ifPresent(sink::replicationFactor);
      path.ifPresent(sink::path);
      recompression.accept(sink);
      part("replicator.sink.*", sink::build).ifPresent(into::sink);
    }
  }

  /** The codec and level for recompression, if set. */
  private Consumer<KafkaSink.Builder> recompression() {
    Optional<Compression> codec = in.value(LinkOptions.RECOMPRESS);
    Optional<Integer> level = in.value(LinkOptions.RECOMPRESS_LEVEL);
    if (level.isPresent() && in.text(LinkOptions.RECOMPRESS).isEmpty()) {
      missing(
          LinkOptions.RECOMPRESS,
          ", but replicator." + LinkOptions.RECOMPRESS_LEVEL.name() + " was");
    }
    return sink ->
        codec.ifPresent(
            type ->
                level.ifPresentOrElse(
                    number -> sink.recompress(type, number), () -> sink.recompress(type)));
  }

  /** Without servers the other properties of this side are still checked. */
  private Optional<KafkaCluster> cluster(
      String side, Key<String> aliasKey, Optional<String> servers) {
    KafkaCluster.Builder cluster =
        KafkaCluster.builder(in.text(aliasKey).orElse(side))
            .properties(in.clientProperties(side, LinkOptions.KEYS))
            .bootstrapServers(servers.orElse("none:1"));
    Optional<KafkaCluster> built = part("replicator." + side + ".*", cluster::build);
    return servers.isPresent() ? built : Optional.empty();
  }

  private Optional<TopicSelector> topics() {
    Optional<TopicSelector> selected = selection(LinkOptions.TOPICS, TopicSelector::matching);
    if (in.text(LinkOptions.TOPICS).isEmpty()) {
      missing(LinkOptions.TOPICS, "");
    }
    if (in.text(LinkOptions.TOPICS_EXCLUDE).isEmpty()) {
      return selected;
    }
    TopicSelector from = selected.orElseGet(() -> TopicSelector.matching(".*"));
    Optional<TopicSelector> reduced = selection(LinkOptions.TOPICS_EXCLUDE, from::excluding);
    return selected.isPresent() ? reduced : Optional.empty();
  }

  private Optional<TopicSelector> selection(
      Key<String> key, Function<String[], TopicSelector> select) {
    return patterns(key)
        .flatMap(patterns -> part("replicator." + key.name(), () -> select.apply(patterns)));
  }

  /** The regular expressions of a key; empty if it is not set, or unusable: a problem. */
  private Optional<String[]> patterns(Key<String> key) {
    Optional<String> text = in.text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    List<String> patterns = Arrays.stream(text.get().split(",", -1)).map(String::strip).toList();
    if (patterns.contains("")) {
      in.unusable(key, "regular expressions separated by single commas");
      return Optional.empty();
    }
    return Optional.of(patterns.toArray(String[]::new));
  }

  private void topicSync() {
    List<UnaryOperator<TopicSync>> changes = new ArrayList<>();
    in.value(LinkOptions.CREATE_TOPICS).ifPresent(on -> changes.add(sync -> sync.creating(on)));
    in.value(LinkOptions.GROW_PARTITIONS).ifPresent(on -> changes.add(sync -> sync.growing(on)));
    in.value(LinkOptions.SHARE_TARGETS).ifPresent(on -> changes.add(sync -> sync.sharing(on)));
    in.value(LinkOptions.ON_DELETE).ifPresent(on -> changes.add(sync -> sync.onDelete(on)));
    in.value(LinkOptions.TRIM).ifPresent(on -> changes.add(sync -> sync.trimming(on)));
    in.value(LinkOptions.ON_RECREATE).ifPresent(on -> changes.add(sync -> sync.onRecreate(on)));
    in.value(LinkOptions.ON_GAP).ifPresent(on -> changes.add(sync -> sync.onGap(on)));
    configSync().ifPresent(configs -> changes.add(sync -> sync.configs(configs)));
    aclSync().ifPresent(acls -> changes.add(sync -> sync.acls(acls)));
    if (!changes.isEmpty()) {
      TopicSync sync = TopicSync.defaults();
      for (UnaryOperator<TopicSync> change : changes) {
        sync = change.apply(sync);
      }
      into.topicSync(sync);
    }
  }

  /** Empty if none of its keys is set. */
  private Optional<ConfigSync> configSync() {
    List<UnaryOperator<ConfigSync>> changes = new ArrayList<>();
    in.value(LinkOptions.SYNC_CONFIGS)
        .ifPresent(on -> changes.add(sync -> on ? sync : ConfigSync.off()));
    patterns(LinkOptions.SYNC_CONFIGS_INCLUDE)
        .ifPresent(regexes -> changes.add(sync -> sync.including(regexes)));
    patterns(LinkOptions.SYNC_CONFIGS_EXCLUDE)
        .ifPresent(regexes -> changes.add(sync -> sync.excluding(regexes)));
    in.value(LinkOptions.SYNC_CONFIGS_OVERWRITE)
        .ifPresent(on -> changes.add(sync -> sync.overwriting(on)));
    in.value(LinkOptions.SYNC_CONFIGS_INTERVAL)
        .ifPresent(interval -> changes.add(sync -> sync.interval(interval)));
    ConfigSync sync = ConfigSync.defaults();
    for (UnaryOperator<ConfigSync> change : changes) {
      ConfigSync before = sync;
      sync = part("replicator.sync.configs.*", () -> change.apply(before)).orElse(before);
    }
    return changes.isEmpty() ? Optional.empty() : Optional.of(sync);
  }

  private void mirrorMakerTopics() {
    MirrorMakerTopics topics = MirrorMakerTopics.off();
    if (in.value(LinkOptions.MIRROR_MAKER_CHECKPOINTS).orElse(false)) {
      topics = topics.checkpoints();
    }
    if (in.value(LinkOptions.MIRROR_MAKER_HEARTBEATS).orElse(false)) {
      topics = topics.heartbeats();
    }
    Optional<String> separator = in.value(LinkOptions.MIRROR_MAKER_SEPARATOR);
    if (separator.isPresent()) {
      topics = topics.separator(separator.get());
    }
    if (topics.isOn() || separator.isPresent()) {
      into.mirrorMakerTopics(topics);
    }
  }

  /** Empty if none of its keys is set. */
  private Optional<AclSync> aclSync() {
    Optional<AclSync> which = in.value(LinkOptions.SYNC_ACLS);
    List<UnaryOperator<AclSync>> changes = new ArrayList<>();
    in.value(LinkOptions.SYNC_ACLS_WRITES)
        .ifPresent(writes -> changes.add(sync -> sync.writes(writes)));
    in.value(LinkOptions.SYNC_ACLS_DELETE).ifPresent(on -> changes.add(sync -> sync.deleting(on)));
    in.value(LinkOptions.SYNC_ACLS_INTERVAL)
        .ifPresent(interval -> changes.add(sync -> sync.interval(interval)));
    if (!changes.isEmpty() && in.text(LinkOptions.SYNC_ACLS).isEmpty()) {
      missing(LinkOptions.SYNC_ACLS, ", but another key of replicator.sync.acls.* was");
    }
    AclSync sync = which.orElse(AclSync.off());
    for (UnaryOperator<AclSync> change : changes) {
      sync = change.apply(sync);
    }
    return which.isEmpty() ? Optional.empty() : Optional.of(sync);
  }

  private void groupSync() {
    GroupSync sync =
        in.value(LinkOptions.SYNC_GROUPS).orElse(true) ? GroupSync.defaults() : GroupSync.off();
    sync = groups(LinkOptions.GROUPS, sync, sync::matching);
    sync = groups(LinkOptions.GROUPS_EXCLUDE, sync, sync::excluding);
    Optional<Duration> interval = in.value(LinkOptions.GROUPS_INTERVAL);
    Optional<Boolean> delete = in.value(LinkOptions.DELETE_GROUPS);
    Optional<LocalCommits> localCommits = in.value(LinkOptions.LOCAL_COMMITS);
    sync = interval.isPresent() ? sync.interval(interval.get()) : sync;
    sync = delete.isPresent() ? sync.deleting(delete.get()) : sync;
    sync = localCommits.isPresent() ? sync.localCommits(localCommits.get()) : sync;
    if (LinkOptions.GROUP_SYNC.keys().stream().anyMatch(key -> in.text(key).isPresent())) {
      into.groupSync(sync);
    }
  }

  private GroupSync groups(
      Key<String> key, GroupSync otherwise, Function<String[], GroupSync> select) {
    return patterns(key)
        .flatMap(patterns -> part("replicator." + key.name(), () -> select.apply(patterns)))
        .orElse(otherwise);
  }

  private void missing(Key<?> key, String more) {
    if (enabled) {
      in.problem("replicator." + key.name() + " was not set" + more);
    }
  }

  /** What the part makes, or nothing and its problems added to the others. */
  private <T> Optional<T> part(String keys, Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> in.problem(keys + ": " + problem));
      return Optional.empty();
    }
  }
}
