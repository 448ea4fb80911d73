package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.child.BrokerLogs;
import dev.twinlog.testkit.internal.kafka.BrokerSettings;
import dev.twinlog.testkit.internal.kafka.FaultLog;
import dev.twinlog.testkit.internal.kafka.KafkaVersion;
import dev.twinlog.testkit.internal.kafka.KraftNode;
import dev.twinlog.testkit.internal.kafka.LoopbackPort;
import dev.twinlog.testkit.internal.kafka.NodeSpec;
import dev.twinlog.testkit.internal.kafka.TempDirectories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka cluster in this JVM: one to n KRaft brokers and a controller of their own, on
 * 127.0.0.1 only.
 *
 * <pre>{@code
 * try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
 *   kafka.createTopic("orders", 3);
 *   // … any Kafka client with kafka.clientProperties()
 * }
 * }</pre>
 *
 * <p>The first cluster of a JVM takes about two seconds, each further one a fraction of a second.
 * Ports are free ones, bound before the brokers start. Brokers are numbered from 0; each keeps its
 * port and its data through {@link #stopBroker} and {@link #startBroker}. Data lives in a temporary
 * directory that {@link #close()} deletes. Topics are not created by being used, and records don't
 * expire unless a topic's {@code retention.ms} says so. A fault that would end a broker's process
 * does not end this JVM: it is thrown by the next call of {@link #bootstrapServers()}, {@link
 * #startBroker} or {@link #close()}. Brokers log little, unless {@link Builder#logs} says
 * otherwise.
 *
 * <p>Needs the kafka-clients version on the class path that the testkit was built for, and says so
 * if it finds another; {@link ChildKafka} has no such limit. Thread-safe.
 */
public final class EmbeddedKafka implements TestKafka {
  private static final Pattern SEGMENT_FILE = Pattern.compile("\\d{20}\\..*");

  private final String clusterId = Uuid.randomUuid().toString();
  private final Path directory;
  private final KafkaSecurity.Prepared security;
  private final FaultLog faults = new FaultLog();
  private final List<LoopbackPort> ports = new ArrayList<>();
  private final List<LoopbackPort> clientPorts = new ArrayList<>();
  private final List<KraftNode> brokers = new ArrayList<>();
  private final KraftNode controller;
  private boolean closed;
  private @Nullable String sharedBy;

  private EmbeddedKafka(Builder builder, Path directory) {
    this.directory = directory;
    this.security = builder.security.prepare(directory);
    if (builder.link != null) {
      builder.link.standBefore(this);
    }
    LoopbackPort controllerPort = reservePort();
    this.controller = controller(builder, controllerPort);
    for (int id = 0; id < builder.brokers; id++) {
      brokers.add(broker(builder, id, controllerPort));
    }
  }

  /**
   * Starts one plaintext broker.
   *
   * @throws IllegalStateException if the class path's kafka-clients isn't the version that the
   *     testkit was built for, or Kafka doesn't start
   */
  public static EmbeddedKafka start() {
    return builder().start();
  }

  /** A builder; by default for one plaintext broker. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String bootstrapServers() {
    faults.throwIfAny();
    return BrokerSettings.bootstrapServers(clientPorts);
  }

  /** The cluster's id, as clients see it. */
  public String clusterId() {
    return clusterId;
  }

  /** How many brokers the cluster has, running or stopped. */
  public int brokers() {
    return brokers.size();
  }

  @Override
  public Map<String, String> clientProperties() {
    return withBootstrap(security.clientProperties());
  }

  @Override
  public Map<String, String> clientProperties(String user) {
    return withBootstrap(security.clientProperties(user));
  }

  /**
   * Stops a broker cleanly, as a rolling restart does: it hands its leaderships over first. Does
   * nothing if it is stopped already. To kill a broker, use {@link ChildKafka#kill()}.
   *
   * @param broker from 0 to {@link #brokers()} − 1
   * @throws IllegalArgumentException if there is no such broker
   * @throws IllegalStateException if the cluster is closed
   */
  public synchronized void stopBroker(int broker) {
    requireBroker(broker).stop();
  }

  /**
   * Starts a stopped broker on its old port with its old data, and returns when its cluster accepts
   * it. Does nothing if it runs already.
   *
   * <p>Kafka accepts a broker again only when its former broker session has expired, nine seconds
   * after the stop. A test that restarts brokers may shorten that with {@code
   * config("broker.session.timeout.ms", "1000")}; where all cores are busy a live broker may then
   * be fenced.
   *
   * @param broker from 0 to {@link #brokers()} − 1
   * @throws IllegalArgumentException if there is no such broker
   * @throws IllegalStateException if the cluster is closed, or the broker doesn't start
   */
  public synchronized void startBroker(int broker) {
    KraftNode node = requireBroker(broker);
    if (!node.isRunning()) {
      node.prepare();
      node.start();
    }
  }

  /**
   * Stops the cluster's only controller, which is a node of its own: brokers still serve what they
   * lead, but no topic is created, no leader elected and no configuration changed. Does nothing if
   * it is stopped already.
   *
   * @throws IllegalStateException if the cluster is closed
   */
  public synchronized void stopController() {
    requireOwned();
    if (closed) {
      throw new IllegalStateException("the cluster is closed");
    }
    controller.stop();
  }

  /**
   * Starts a stopped controller again, on its old port with its old data. Does nothing if it runs.
   *
   * @throws IllegalStateException if the cluster is closed, or the controller doesn't start
   */
  public synchronized void startController() {
    requireOwned();
    if (closed) {
      throw new IllegalStateException("the cluster is closed");
    }
    if (!controller.isRunning()) {
      controller.prepare();
      controller.start();
    }
  }

  /**
   * Deletes the end of a partition's log from the directory of a stopped broker, as a disk that
   * fails may do: every segment whose first offset is this one or a later one. From 0 on that is
   * the whole log. The topic keeps its id. Where no other broker has an in-sync replica,
   * acknowledged records are lost.
   *
   * @param broker from 0 to {@link #brokers()} − 1
   * @throws IllegalArgumentException if there is no such broker, or it has no such partition
   * @throws IllegalStateException if the broker runs, or the cluster is closed
   */
  public synchronized void loseLog(int broker, TopicPartition partition, long from) {
    try {
      for (Path file : segmentFiles(broker, partition)) {
        if (Long.parseLong(file.getFileName().toString().substring(0, 20)) >= from) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Flips one bit in the log of a stopped broker, as a disk may do: that of the first byte of the
   * first place where {@code stored} is found. The broker returns what is stored without a check.
   *
   * @param broker from 0 to {@link #brokers()} − 1
   * @param stored bytes of a record, as the log has them: of a compressed batch the compressed ones
   * @throws IllegalArgumentException if there is no such broker, partition, or place in its log
   * @throws IllegalStateException if the broker runs, or the cluster is closed
   */
  public synchronized void damageLog(int broker, TopicPartition partition, byte[] stored) {
    String wanted = new String(stored, StandardCharsets.ISO_8859_1);
    try {
      for (Path file : segmentFiles(broker, partition)) {
        if (file.toString().endsWith(".log")) {
          byte[] log = Files.readAllBytes(file);
          int at = new String(log, StandardCharsets.ISO_8859_1).indexOf(wanted);
          if (at >= 0) {
            log[at] ^= 1;
            Files.write(file, log);
            return;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalArgumentException(
        "broker %d stores no such bytes in %s".formatted(broker, partition));
  }

  private List<Path> segmentFiles(int broker, TopicPartition partition) throws IOException {
    if (requireBroker(broker).isRunning()) {
      throw new IllegalStateException("broker " + broker + " runs: stop it first");
    }
    Path log = directory.resolve("broker-" + broker).resolve(partition.toString());
    try (Stream<Path> files = Files.list(log)) {
      return files
          .filter(file -> SEGMENT_FILE.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("broker %d has no %s".formatted(broker, partition), e);
    }
  }

  /**
   * Stops everything and deletes the data. Idempotent.
   *
   * @throws IllegalStateException if a node had a fault that would have ended its process
   */
  @Override
  public synchronized void close() {
    requireOwned();
    if (closed) {
      return;
    }
    closed = true;
    try {
      inParallel(brokers, KraftNode::stop);
    } finally {
      controller.stop();
      ports.forEach(LoopbackPort::close);
      TempDirectories.delete(directory);
    }
    faults.throwIfAny();
  }

  private synchronized void startAll() {
    controller.format();
    controller.prepare();
    controller.start();
    brokers.forEach(KraftNode::format);
    brokers.forEach(KraftNode::prepare);
    inParallel(brokers, KraftNode::start);
  }

  /** Forbids stopping the cluster or its brokers, for the reason given; null allows it again. */
  synchronized void sharedBy(@Nullable String owner) {
    sharedBy = owner;
  }

  private void requireOwned() {
    if (sharedBy != null) {
      throw new IllegalStateException(
          "a test can't stop this cluster: it is shared by " + sharedBy);
    }
  }

  private KraftNode requireBroker(int broker) {
    requireOwned();
    if (closed) {
      throw new IllegalStateException("the cluster is closed");
    }
    return brokers.get(Objects.checkIndex(broker, brokers.size()));
  }

  private KraftNode controller(Builder builder, LoopbackPort port) {
    Path data = TempDirectories.child(directory, "controller");
    Map<String, String> properties = BrokerSettings.forTests(builder.brokers);
    properties.putAll(BrokerSettings.forControllersInTests(builder.brokers));
    properties.putAll(security.controllerProperties());
    properties.putAll(builder.configs);
    properties.putAll(BrokerSettings.controller(port, data));
    return new KraftNode(
        new NodeSpec(
            clusterId,
            BrokerSettings.CONTROLLER_ID,
            true,
            data,
            Map.of(BrokerSettings.CONTROLLER, port),
            properties,
            security.scramCredentials()),
        faults);
  }

  private KraftNode broker(Builder builder, int id, LoopbackPort controllerPort) {
    Path data = TempDirectories.child(directory, "broker-" + id);
    Map<String, LoopbackPort> listeners = new HashMap<>();
    LoopbackPort clientPort = reservePort();
    clientPorts.add(clientPort);
    listeners.put(BrokerSettings.CLIENT, clientPort);
    if (!security.isPlaintext()) {
      listeners.put(BrokerSettings.INTERNAL, reservePort());
    }
    Map<String, String> properties = BrokerSettings.forTests(builder.brokers);
    properties.putAll(security.serverProperties());
    properties.putAll(builder.configs);
    NetworkLink link = builder.link;
    if (link == null) {
      properties.putAll(BrokerSettings.broker(id, listeners, security.protocol(), data));
    } else {
      LoopbackPort farPort = reservePort();
      listeners.put(BrokerSettings.FAR, farPort);
      properties.putAll(BrokerSettings.broker(id, listeners, security.protocol(), data));
      BrokerSettings.advertiseFar(properties, link.addBroker(id, farPort.socketAddress()));
    }
    properties.put(
        "controller.quorum.voters", BrokerSettings.CONTROLLER_ID + "@" + controllerPort.address());
    return new KraftNode(
        new NodeSpec(
            clusterId, id, false, data, listeners, properties, security.scramCredentials()),
        faults);
  }

  private LoopbackPort reservePort() {
    LoopbackPort port = LoopbackPort.reserve();
    ports.add(port);
    return port;
  }

  private Map<String, String> withBootstrap(Map<String, String> properties) {
    properties.put("bootstrap.servers", bootstrapServers());
    return properties;
  }

  private static void inParallel(List<KraftNode> nodes, Consumer<KraftNode> action) {
    if (nodes.size() == 1) {
      action.accept(nodes.get(0));
      return;
    }
    List<CompletableFuture<@Nullable Void>> running = new ArrayList<>();
    for (KraftNode node : nodes) {
      running.add(
          CompletableFuture.runAsync(
              () -> action.accept(node), task -> new Thread(task, "embedded-kafka").start()));
    }
    try {
      CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Describes a cluster before it is started. Not thread-safe. */
  public static final class Builder {
    private final Map<String, String> configs = new HashMap<>();
    private int brokers = 1;
    private KafkaSecurity security = KafkaSecurity.plaintext();
    private @Nullable NetworkLink link;
    private boolean logs;

    private Builder() {}

    /** How many brokers; 1 by default. The controller is not counted. */
    public Builder brokers(int brokers) {
      this.brokers = brokers;
      return this;
    }

    /**
     * A setting of every broker and of the controller, as in Kafka's {@code server.properties}. It
     * wins over the testkit's own settings, except those that are about listeners, roles, ids and
     * directories.
     */
    public Builder config(String key, String value) {
      configs.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /** How clients authenticate; {@link KafkaSecurity#plaintext()} by default. */
    public Builder security(KafkaSecurity security) {
      this.security = Objects.requireNonNull(security, "security");
      return this;
    }

    /**
     * A network link that clients may take to the brokers, beside the direct way; none by default.
     * {@link NetworkLink#cluster()} is the cluster by way of the link.
     */
    public Builder via(NetworkLink link) {
      this.link = Objects.requireNonNull(link, "link");
      return this;
    }

    /**
     * Whether the levels of Kafka's loggers are left alone. By default only errors of brokers and
     * warnings of clients are logged, where the logging of this JVM says nothing about {@code
     * kafka} and {@code org.apache.kafka}; a level that you set for these always wins. Holds for
     * the whole JVM, from its first cluster that is quiet.
     */
    public Builder logs(boolean kept) {
      this.logs = kept;
      return this;
    }

    /**
     * Starts the cluster and returns when all its brokers take requests.
     *
     * @throws IllegalArgumentException if the number of brokers isn't positive
     * @throws IllegalStateException if the class path's kafka-clients isn't the version that the
     *     testkit was built for, Kafka doesn't start, or the link belongs to another cluster
     */
    public EmbeddedKafka start() {
      if (brokers < 1) {
        throw new IllegalArgumentException("`brokers` was " + brokers + " but must be positive");
      }
      if (!logs) {
        BrokerLogs.quiet(); // before any class of Kafka's makes its logger
      }
      KafkaVersion.requireMatch();
      Path directory = TempDirectories.create("twinlog-embedded-kafka-");
      EmbeddedKafka kafka;
      try {
        kafka = new EmbeddedKafka(this, directory);
      } catch (RuntimeException e) {
        TempDirectories.delete(directory);
        throw e;
      }
      try {
        kafka.startAll();
        return kafka;
      } catch (RuntimeException e) {
        try {
          kafka.close();
        } catch (RuntimeException closing) {
          e.addSuppressed(closing);
        }
        throw e;
      }
    }
  }
}
