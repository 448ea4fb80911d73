package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.cluster.ClientProperties;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.ClusterContact;
import dev.twinlog.internal.kafka.cluster.CompactedTopicWriter;
import dev.twinlog.internal.kafka.cluster.ConfigControl;
import dev.twinlog.internal.kafka.cluster.DeadLetterWriter;
import dev.twinlog.internal.kafka.cluster.InSyncReplicas;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.cluster.RemovalControl;
import dev.twinlog.internal.kafka.cluster.SinkControl;
import dev.twinlog.internal.kafka.cluster.SinkPath;
import dev.twinlog.internal.kafka.records.RecordPath;
import dev.twinlog.internal.kafka.state.StateTopicStore;
import dev.twinlog.internal.kafka.wire.BatchPath;
import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.CompactedTopics;
import dev.twinlog.spi.ConfigSink;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.spi.WritablePartitions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Writes topics of a Kafka cluster, creates and grows them, and keeps the link's progress there in
 * a separate topic, {@code twinlog.<link>.state}.
 *
 * <p>Connects on the first call, and again on a call after {@link #close()}. Use one object for one
 * link; threading as in {@link dev.twinlog.spi.Sink}.
 */
public final class KafkaSink extends KafkaPart
    implements CleanCloseSink,
        RouteGuarantees,
        TopicSink,
        ConfigSink,
        RemovalSink,
        CompactedTopics,
        DeadLetterSink,
        WritablePartitions,
        StatefulSink {
  private final SinkControl control;
  private final ConfigControl configs;
  private final RemovalControl removals;
  private final InSyncReplicas replicas;
  private final CompactedTopicWriter compacted;
  private final DeadLetterWriter deadLetters;
  private final SinkPath path;
  private volatile @Nullable StateTopicStore store;

  private KafkaSink(Builder builder, PathChoice path, ClientSettings settings) {
    super(builder.cluster, path, settings);
    this.control = new SinkControl(admin, builder.replicationFactor);
    this.configs = new ConfigControl(admin);
    this.removals = new RemovalControl(admin);
    this.replicas = new InSyncReplicas(admin);
    this.compacted = new CompactedTopicWriter(admin);
    this.deadLetters = new DeadLetterWriter(admin);
    this.path =
        path.path() == DataPath.BATCHES
            ? BatchPath.sink(
                admin,
                control.topics(),
                Optional.ofNullable(builder.recompression).map(Recompression::ofBatches),
                this::enterProducer)
            : RecordPath.sink(admin, control.topics());
  }

  /** Begins the description of a sink that writes into {@code cluster}. */
  public static Builder to(KafkaCluster cluster) {
    return new Builder(cluster);
  }

  @Override
  public SinkWriter openWriter(PluginContext context) {
    SinkWriter writer = path.openWriter(context);
    // writers are opened when the link is connected
    admin.settings().contact().reached(ClusterContact.Step.CONNECTED);
    return writer;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Called after a writer was opened whose context guarantees each record once.
   */
  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return path.recover(routes, clean);
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return path.guarantees();
  }

  @Override
  public ProgressStore openProgressStore(PluginContext context) {
    // one that is only read does not replace that of the link
    return new StateTopicStore(admin, context, path::producerIds, owned -> store = owned);
  }

  /** A link that keeps its progress elsewhere has no registry. */
  private CompletionStage<Void> enterProducer(long id) {
    StateTopicStore opened = store;
    return opened == null ? ProducerRegistry.NONE.enter(id) : opened.enterProducer(id);
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    return control.describeTopics(topics);
  }

  @Override
  public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
    return control.createTopics(wanted);
  }

  @Override
  public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
    return control.growTopics(partitions);
  }

  @Override
  public void onSourceTopics(Map<String, TopicDescription> sourceByTarget) {
    control.onSourceTopics(sourceByTarget);
  }

  @Override
  public Map<String, List<String>> notes() {
    Map<String, List<String>> notes = new HashMap<>(control.notes());
    notes.putAll(path.notes());
    return notes;
  }

  @Override
  public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
    return control.startOffsets(partitions);
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    return control.endOffsets(partitions);
  }

  @Override
  public Map<String, TopicDescription> describeWithoutConfigs(Collection<String> topics) {
    return control.withoutConfigs(topics);
  }

  @Override
  public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
    Map<String, TopicConfigs> found = configs.describe(topics);
    found.forEach((topic, now) -> control.topics().configs(topic, now.effective()));
    return found;
  }

  @Override
  public Map<String, Optional<ReplicationException>> alterConfigs(
      Map<String, Map<String, Optional<String>>> changes, boolean validateOnly) {
    Map<String, Optional<ReplicationException>> results = configs.alter(changes, validateOnly);
    if (!validateOnly) {
      results.forEach(
          (topic, refusal) -> {
            if (refusal.isEmpty()) {
              control.topics().changed(topic, changes.getOrDefault(topic, Map.of()));
            }
          });
    }
    return results;
  }

  @Override
  public Map<String, Integer> replicationFactors(Collection<String> topics) {
    Map<String, Integer> factors = new HashMap<>();
    control
        .withoutConfigs(topics)
        .forEach((topic, found) -> factors.put(topic, found.replicationFactor()));
    return factors;
  }

  @Override
  public Optional<ReplicationException> writeCompacted(String topic, Collection<Entry> entries) {
    return compacted.writeCompacted(topic, entries);
  }

  @Override
  public Optional<ReplicationException> writeDeadLetter(String topic, ReplicationRecord record) {
    return deadLetters.writeDeadLetter(topic, record);
  }

  @Override
  public Map<String, Optional<ReplicationException>> deleteTopics(Map<String, Uuid> topics) {
    return removals.deleteTopics(topics);
  }

  @Override
  public Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions) {
    return control.startOffsets(partitions);
  }

  @Override
  public Map<TopicPartition, Optional<ReplicationException>> deleteRecords(
      Map<TopicPartition, Long> before) {
    return removals.deleteRecords(before);
  }

  @Override
  public Map<TopicPartition, String> unwritable(Collection<TopicPartition> partitions) {
    return replicas.unwritable(partitions);
  }

  @Override
  public Map<TopicPartition, Long> earliestOffsets(Collection<TopicPartition> partitions) {
    return groups.earliestOffsets(partitions);
  }

  @Override
  public TopicLogs openLogs(Collection<String> names) {
    return new KafkaLogs(admin.settings(), names, Isolation.READ_COMMITTED, dataPath());
  }

  /** Closes the connections of control calls and of recovery; idempotent. */
  @Override
  public void close() {
    path.close();
    groups.close();
    compacted.close();
    deadLetters.close();
    admin.close();
  }

  @Override
  public String toString() {
    return "topics of %s (%s)".formatted(cluster.alias(), cluster.bootstrapServers());
  }

  /** Collects the description of a sink. Not thread-safe. */
  public static final class Builder {
    private final KafkaCluster cluster;
    private OptionalInt replicationFactor = OptionalInt.empty();
    private DataPath path = DataPath.AUTO;
    private @Nullable Recompression recompression;
    private final Map<String, String> properties = new TreeMap<>();

    private Builder(KafkaCluster cluster) {
      this.cluster = Objects.requireNonNull(cluster, "cluster");
    }

    /**
     * The replication factor of topics that the link creates. Unless set, it is the source topic's,
     * capped by the number of brokers of the target.
     *
     * @return this
     */
    public Builder replicationFactor(int replicationFactor) {
      this.replicationFactor = OptionalInt.of(replicationFactor);
      return this;
    }

    /**
     * A property of the clients that write; wins over the cluster's.
     *
     * @return this
     */
    public Builder property(String name, String value) {
      properties.put(
          Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value of " + name));
      return this;
    }

    /**
     * How records are copied. Default {@link DataPath#AUTO}.
     *
     * @return this
     */
    public Builder path(DataPath path) {
      this.path = Objects.requireNonNull(path, "path");
      return this;
    }

    /**
     * Compresses all batches again with this codec at its default level, for links whose bytes cost
     * more than CPU. Default: batches keep their compression.
     *
     * @return this
     */
    public Builder recompress(Compression type) {
      recompression = new Recompression(Objects.requireNonNull(type, "type"), OptionalInt.empty());
      return this;
    }

    /**
     * Compresses all batches again with this codec, for links whose bytes cost more than CPU.
     * Default: batches keep their compression.
     *
     * @param level see {@link Compression} for those that a codec has; {@link #build()} refuses
     *     others
     * @return this
     */
    public Builder recompress(Compression type, int level) {
      recompression =
          new Recompression(Objects.requireNonNull(type, "type"), OptionalInt.of(level));
      return this;
    }

    /**
     * Checks everything at once; connects to nothing.
     *
     * @throws ConfigurationException listing all problems
     */
    public KafkaSink build() {
      List<String> problems = new ArrayList<>();
      PathChoice choice = PathChoice.ofSink(path);
      choice.problem().ifPresent(problems::add);
      replicationFactor.ifPresent(
          wanted -> {
            if (wanted < 1 || wanted > Short.MAX_VALUE) {
              problems.add("replicationFactor was %d but must be positive".formatted(wanted));
            }
          });
      problems.addAll(ClientProperties.partProblems(properties));
      Map<String, String> all = new TreeMap<>(properties);
      Recompression wish = recompression;
      if (wish != null) {
        String problem = wish.problem(properties);
        if (problem != null) {
          problems.add(problem);
        }
        all.putAll(wish.properties());
      }
      ClientSettings settings =
          ClientSettings.of(cluster.alias(), cluster.bootstrapServers(), cluster.properties(), all)
              .withAdvertised(BatchPath::advertised);
      problems.addAll(settings.problems(true));
      if (!problems.isEmpty()) {
        throw new ConfigurationException("sink on " + cluster.alias(), problems);
      }
      return new KafkaSink(this, choice, settings);
    }
  }
}
