package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.ledger.Ledger;
import dev.twinlog.internal.kafka.wire.ledger.LedgerSettings;
import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LateRequests;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.Refresher;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.TailChecker;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.ledger.session.TargetTimes;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.write.BatchWriterFactory;
import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.simulator.model.ModelCluster;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A sink that does what {@code KafkaSink} does on the batch path, on model brokers: with the real
 * ledger, without its thread, and the real writers. One per instance of the link.
 */
public final class ModelSink
    implements CleanCloseSink,
        RouteGuarantees,
        TopicSink,
        StatefulSink,
        DeadLetterSink,
        AutoCloseable {
  private static final ClientSettings CLIENT =
      ClientSettings.of("target", "broker0:9092", Map.of(), Map.of());
  private static final NetSettings NET = NetSettings.of(CLIENT.connections("simulator"));
  private static final int TRANSACTION_MS = 900_000;

  private final int instance;
  private final ModelKafka kafka;
  private final Scenario scenario;
  private final OwnerTopic owners;
  private final DeadLetterTopic letters;
  private final VirtualClock clock;
  private final InstanceParts parts;
  private final LongConsumer waits;
  private final TargetTopics topics = new TargetTopics("none");
  private final WriterSide shared =
      new WriterSide(
          new IssuedSessions(),
          this::refresh,
          this::look,
          new RouteGuaranteeRegistry(),
          new LateRequests(() -> BatchWriterFactory.maxRequestLifetime(CLIENT)),
          ProducerRegistry.NONE);
  private final List<ModelCluster> connections = new ArrayList<>();
  private @Nullable Ledger ledger;
  private @Nullable PluginContext context;

  ModelSink(
      World world, int instance, VirtualClock clock, InstanceParts parts, LongConsumer waits) {
    this.instance = instance;
    this.kafka = world.kafka();
    this.scenario = world.scenario();
    this.owners = world.owners();
    this.letters = world.letters();
    this.clock = clock;
    this.parts = parts;
    this.waits = waits;
  }

  private ModelCluster connect() {
    ModelCluster fresh =
        kafka
            .connect()
            .produceVersion(scenario.produceVersion())
            .roundTripNanos(scenario.far() ? 80_000_000 : 0)
            .waitingBy(waits);
    connections.add(fresh);
    return fresh;
  }

  /** Ends the process and its connections. */
  void crash() {
    connections.forEach(ModelCluster::crash);
  }

  /** Runs a step of the ledger's thread. */
  void poll() {
    Ledger running = ledger;
    if (running != null) {
      running.poll(0);
    }
  }

  @Override
  public SinkWriter openWriter(PluginContext asking) {
    PluginContext own = new WithLease(asking, parts.lease(asking.lease()));
    context = own;
    BatchWriterFactory.Target into =
        new BatchWriterFactory.Target(CLIENT, NET, topics, Optional.empty());
    return parts.writer(
        BatchWriterFactory.over(
            () -> parts.writerCluster(connect()), clock::nanoTime, into, own, shared),
        shared);
  }

  @Override
  public CompletionStage<Map<Route, Recovery>> recover(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    Ledger running = ledger;
    if (running == null) {
      running = openLedger();
      ledger = running;
    }
    return running.recover(routes, clean).thenApply(this::told);
  }

  private Map<Route, Recovery> told(Map<Route, Recovery> answers) {
    Map<Route, Recovery> told = new LinkedHashMap<>();
    answers.forEach((route, recovery) -> told.put(route, parts.recovery(recovery)));
    return told;
  }

  private Ledger openLedger() {
    PluginContext known = context;
    if (known == null) {
      throw new RetriableException("no writer was opened yet");
    }
    TargetTimes times =
        new TargetTimes(
            parts.memoryMs(scenario.memoryMs()), Simulation.ID_MS, TRANSACTION_MS, true);
    LedgerSettings settings =
        new LedgerSettings(
            known.link(),
            times,
            new KafkaErrors(CLIENT.alias()),
            new SteadyClock(known.clock(), clock::nanoTime),
            clock::nanoTime);
    return new Ledger(parts.ledgerCluster(connect()), settings, parts.rules(), shared);
  }

  private void refresh(Route route, LedgerSession session, Refresher.Outcome outcome) {
    Ledger running = ledger;
    if (running != null) {
      running.refresh(route, session, outcome);
    }
  }

  private void look(Route route, LedgerSession session, TailRecord last, TailChecker.Seen seen) {
    Ledger running = ledger;
    if (running == null) {
      seen.unknown("the sink was closed");
    } else {
      running.look(route, session, last, seen);
    }
  }

  @Override
  public Map<Route, Guarantee> guarantees() {
    return shared.guarantees().guarantees();
  }

  @Override
  public ProgressStore openProgressStore(PluginContext asking) {
    return parts.store(
        owners.openStore(instance, parts.ownersAreFenced(), parts.noticesLostState()));
  }

  // Control calls: they succeed unless no broker is alive.

  private void checkReachable() {
    if (!kafka.isReachable()) {
      throw new RetriableException("no broker answers");
    }
  }

  @Override
  public Map<String, TopicDescription> describeTopics(Collection<String> names) {
    checkReachable();
    Map<String, TopicDescription> found = new HashMap<>();
    for (String name : names) {
      found.put(
          name,
          TopicDescription.of(
              name, Optional.of(kafka.topicId(name)), scenario.targetPartitions(), 3, Map.of()));
    }
    return found;
  }

  @Override
  public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
    throw new PartitionFailedException("the topic is there");
  }

  @Override
  public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
    throw new PartitionFailedException("the topic is wide enough");
  }

  @Override
  public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
    checkReachable();
    Map<TopicPartition, Long> starts = new HashMap<>();
    partitions.forEach(one -> starts.put(one, kafka.partition(one).start()));
    return starts;
  }

  @Override
  public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    checkReachable();
    Map<TopicPartition, Long> ends = new HashMap<>();
    partitions.forEach(one -> ends.put(one, kafka.partition(one).highWatermark()));
    return ends;
  }

  @Override
  public Optional<ReplicationException> writeDeadLetter(String topic, ReplicationRecord record) {
    checkReachable();
    return parts.deadLetters(letters::write).apply(record);
  }

  @Override
  public void close() {
    Ledger running = ledger;
    if (running != null) {
      running.close();
      ledger = null;
    }
  }

  /** The engine's context, with the lease of {@link InstanceParts}. */
  private record WithLease(PluginContext engine, Lease lease) implements PluginContext {
    @Override
    public String link() {
      return engine.link();
    }

    @Override
    public int lane() {
      return engine.lane();
    }

    @Override
    public long maxInFlightBytes() {
      return engine.maxInFlightBytes();
    }

    @Override
    public Clock clock() {
      return engine.clock();
    }

    @Override
    public ThreadFactory threads(String role) {
      return engine.threads(role);
    }

    @Override
    public boolean exactlyOnce() {
      return engine.exactlyOnce();
    }
  }
}
