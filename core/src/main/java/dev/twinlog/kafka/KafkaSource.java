package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.cluster.ClientProperties;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.ClusterContact;
import dev.twinlog.internal.kafka.cluster.ConfigControl;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.cluster.SourceControl;
import dev.twinlog.internal.kafka.cluster.TransactionQueries;
import dev.twinlog.internal.kafka.records.RecordPath;
import dev.twinlog.internal.kafka.wire.BatchPath;
import dev.twinlog.internal.kafka.wire.read.LeaderEpochCaches;
import dev.twinlog.spi.ChangeableSelection;
import dev.twinlog.spi.ConfigSource;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.OpenTransactions;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads topics of a Kafka cluster.
 *
 * <p>Connects on the first call, and again on a call after {@link #close()}. Use one object for one
 * link; threading as in {@link dev.twinlog.spi.Source}.
 */
public final class KafkaSource extends KafkaPart
    implements TopicSource,
        ConfigSource,
        RemovalSource,
        ChangeableSelection,
        OpenTransactions,
        LogEnds {
  private volatile TopicSelector topics;
  private final Isolation isolation;
  private final SourceControl control;
  private final ConfigControl configs;
  private final TransactionQueries transactions;
  private final PartitionOffsets logEnds;
  private final LeaderEpochCaches epochCaches = new LeaderEpochCaches();

  private KafkaSource(
      KafkaCluster cluster,
      TopicSelector topics,
      Isolation isolation,
      PathChoice path,
      ClientSettings settings) {
    super(cluster, path, settings);
    this.topics = topics;
    this.isolation = isolation;
    this.control = new SourceControl(admin, () -> this.topics, isolation.configValue());
    this.configs = new ConfigControl(admin);
    this.transactions = new TransactionQueries(admin);
    this.logEnds = new PartitionOffsets(admin, IsolationLevel.READ_UNCOMMITTED);
  }

  /** Begins the description of a source that reads {@code cluster}. */
  public static Builder from(KafkaCluster cluster) {
    return new Builder(cluster);
  }

  /** The topics that are read: those that were built, or the last that were selected since. */
  public TopicSelector topics() {
    return topics;
  }

  /** Which records of a transactional source are copied. */
  public Isolation isolation() {
    return isolation;
  }

  @Override
  public List<SourcePartition> partitions() {
    return control.partitions();
  }

  @Override
  public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
    return control.resolve(starts);
  }

  @Override
  public Map<TopicPartition, SourcePosition> ends(Set<TopicPartition> partitions) {
    return control.ends(partitions);
  }

  @Override
  public SourceReader openReader(PluginContext context) {
    SourceReader reader =
        usesEncodedBatches()
            ? BatchPath.openReader(admin, control.offsets(), epochCaches, context)
            : RecordPath.openReader(admin, control.offsets(), isolation.configValue(), context);
    // readers are opened when the link is connected
    admin.settings().contact().reached(ClusterContact.Step.CONNECTED);
    return reader;
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
    return control.describeTopics(topics);
  }

  @Override
  public Map<String, TopicConfigs> describeConfigs(Collection<String> topics) {
    return configs.describe(topics);
  }

  @Override
  public Set<String> absent(Collection<String> topics) {
    return control.absent(topics);
  }

  @Override
  public Map<TopicPartition, Long> logStarts(Collection<TopicPartition> partitions) {
    return control.logStarts(partitions);
  }

  @Override
  public Set<String> missingTopics() {
    return control.missing();
  }

  @Override
  public boolean selects(String topic) {
    return topics.selects(topic);
  }

  /**
   * Reads other topics from now on: for {@link dev.twinlog.Replicator#topics}, which is what a
   * service calls.
   *
   * @throws IllegalArgumentException if it is not a {@link TopicSelector}
   */
  @Override
  public void select(SelectedTopics selected) {
    if (!(selected instanceof TopicSelector selector)) {
      throw new IllegalArgumentException(
          "topics of a KafkaSource are selected by a TopicSelector, not by " + selected);
    }
    topics = selector;
  }

  @Override
  public Optional<String> unmatched() {
    return control.isUnmatched() ? Optional.of(toString()) : Optional.empty();
  }

  @Override
  public Map<TopicPartition, List<Long>> openTransactions(Collection<TopicPartition> partitions) {
    return transactions.producerIds(partitions);
  }

  @Override
  public Map<TopicPartition, Long> logEnds(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    return logEnds.list(latest);
  }

  @Override
  public List<OpenTransaction> describeTransactions(Collection<TopicPartition> partitions) {
    return transactions.open(partitions);
  }

  @Override
  public TopicLogs openLogs(Collection<String> names) {
    return new KafkaLogs(admin.settings(), names, isolation, dataPath());
  }

  /** Closes the connections of control calls; idempotent. */
  @Override
  public void close() {
    groups.close();
    admin.close();
  }

  @Override
  public String toString() {
    return "topics %s of %s (%s)".formatted(topics, cluster.alias(), cluster.bootstrapServers());
  }

  /** Collects the description of a source. Not thread-safe. */
  public static final class Builder {
    private final KafkaCluster cluster;
    private @Nullable TopicSelector topics;
    private Isolation isolation = Isolation.READ_COMMITTED;
    private DataPath path = DataPath.AUTO;
    private final Map<String, String> properties = new TreeMap<>();

    private Builder(KafkaCluster cluster) {
      this.cluster = Objects.requireNonNull(cluster, "cluster");
    }

    /**
     * Which topics to read. Required.
     *
     * @return this
     */
    public Builder topics(TopicSelector topics) {
      this.topics = Objects.requireNonNull(topics, "topics");
      return this;
    }

    /**
     * Which records of a transactional source are copied. Default {@link Isolation#READ_COMMITTED}.
     *
     * @return this
     */
    public Builder isolation(Isolation isolation) {
      this.isolation = Objects.requireNonNull(isolation, "isolation");
      return this;
    }

    /**
     * A property of the clients that read; wins over the cluster's.
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
     * Checks everything at once; connects to nothing.
     *
     * @throws ConfigurationException listing all problems
     */
    public KafkaSource build() {
      List<String> problems = new ArrayList<>();
      PathChoice choice = PathChoice.ofSource(path, isolation);
      choice.problem().ifPresent(problems::add);
      TopicSelector selected = topics;
      if (selected == null) {
        problems.add("topics was not set");
      }
      problems.addAll(ClientProperties.partProblems(properties));
      ClientSettings settings =
          ClientSettings.of(
                  cluster.alias(), cluster.bootstrapServers(), cluster.properties(), properties)
              .withAdvertised(BatchPath::advertised);
      problems.addAll(settings.problems(false));
      if (selected == null || !problems.isEmpty()) {
        throw new ConfigurationException("source on " + cluster.alias(), problems);
      }
      return new KafkaSource(cluster, selected, isolation, choice, settings);
    }
  }
}
