package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.SharedServer;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.bootstrap.BootstrapDirectory;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble.VerificationFlag;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.fault.FaultHandler;
import org.apache.kafka.server.fault.LoggingFaultHandler;
import org.jspecify.annotations.Nullable;

/**
 * One KRaft node, a controller or a broker, run by Kafka's own server classes in this JVM.
 *
 * <p>The only class of the testkit that uses server classes. They are internals of Kafka and change
 * between releases: call {@link KafkaVersion#requireMatch()} before this class is loaded. Not
 * thread-safe; a cluster guards its nodes by a lock.
 */
public final class KraftNode {
  static {
    // A broker whose disk fails, for example, halts the process without calling a fault handler.
    Exit.setHaltProcedure(KraftNode::refuseToEndTheJvm);
    Exit.setExitProcedure(KraftNode::refuseToEndTheJvm);
  }

  private final NodeSpec spec;
  private final FaultLog faults;
  private @Nullable BrokerServer broker;
  private @Nullable ControllerServer controller;

  public KraftNode(NodeSpec spec, FaultLog faults) {
    this.spec = spec;
    this.faults = faults;
  }

  /**
   * Writes the cluster's identity, its features and its first SCRAM credentials into the node's
   * directory.
   */
  public void format() {
    Formatter formatter =
        new Formatter()
            .setPrintStream(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
            .setClusterId(spec.clusterId())
            .setNodeId(spec.nodeId())
            .setDirectories(List.of(spec.directory().toString()))
            .setMetadataLogDirectory(spec.directory().toString())
            .setControllerListenerName(BrokerSettings.CONTROLLER)
            .setScramArguments(spec.scramCredentials());
    try {
      formatter.run();
    } catch (Exception e) {
      throw new IllegalStateException("Formatting the directory of node " + spec.nodeId(), e);
    }
  }

  public boolean isRunning() {
    return broker != null || controller != null;
  }

  /**
   * Creates the node's servers without starting them. Kafka registers JVM-wide metrics here, which
   * is not thread-safe: the nodes of a cluster are prepared one after the other.
   */
  public void prepare() {
    try {
      KafkaConfig config = KafkaConfig.fromProps(asProperties(spec.properties()), false);
      SharedServer shared = sharedServer(config);
      if (spec.controller()) {
        controller =
            new ControllerServer(
                shared,
                KafkaRaftServer.configSchema(),
                new BootstrapDirectory(spec.directory().toString()).read());
      } else {
        broker = new BrokerServer(shared);
      }
    } catch (Exception e) {
      throw new IllegalStateException("Starting Kafka node " + spec.nodeId(), e);
    }
  }

  /** Starts the prepared node; a broker's start returns when its cluster accepts it. */
  public void start() {
    try {
      if (controller != null) {
        controller.startup();
      }
      if (broker != null) {
        broker.startup();
      }
    } catch (Exception e) { // Scala throws checked exceptions without declaring them.
      stop();
      throw new IllegalStateException("Starting Kafka node " + spec.nodeId(), e);
    }
    faults.throwIfAny();
  }

  /** Stops the node cleanly; does nothing when it isn't running. */
  public void stop() {
    BrokerServer stoppingBroker = broker;
    ControllerServer stoppingController = controller;
    broker = null;
    controller = null;
    if (stoppingBroker != null) {
      stoppingBroker.shutdown();
      stoppingBroker.awaitShutdown();
    }
    if (stoppingController != null) {
      stoppingController.shutdown();
      stoppingController.awaitShutdown();
    }
  }

  private SharedServer sharedServer(KafkaConfig config) throws IOException {
    String directory = spec.directory().toString();
    MetaPropertiesEnsemble ensemble =
        new MetaPropertiesEnsemble.Loader()
            .addLogDirs(List.of(directory))
            .addMetadataLogDir(directory)
            .load();
    ensemble.verify(
        Optional.of(spec.clusterId()),
        OptionalInt.of(spec.nodeId()),
        EnumSet.of(
            VerificationFlag.REQUIRE_AT_LEAST_ONE_VALID,
            VerificationFlag.REQUIRE_METADATA_LOG_DIR));
    return new SharedServer(
        config,
        ensemble,
        Time.SYSTEM,
        new Metrics(),
        CompletableFuture.completedFuture(
            QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
        List.of(),
        this::faultHandler,
        this::openServerSocket);
  }

  private FaultHandler faultHandler(String name, boolean fatal, Runnable action) {
    if (!fatal) {
      return new LoggingFaultHandler(name, action);
    }
    FaultHandler logging = new LoggingFaultHandler(name, action);
    return (message, cause) -> {
      logging.handleFault(message, cause);
      return faults.record("node " + spec.nodeId() + ", " + name + ": " + message, cause);
    };
  }

  private ServerSocketChannel openServerSocket(
      String listener, InetSocketAddress address, int backlog, int receiveBufferBytes)
      throws IOException {
    LoopbackPort port = spec.listeners().get(listener);
    if (port == null || port.number() != address.getPort()) {
      throw new IOException("No port was reserved for the listener " + listener + " at " + address);
    }
    ServerSocketChannel channel = port.takeOver();
    channel.configureBlocking(false);
    return channel;
  }

  private static void refuseToEndTheJvm(int status, @Nullable String message) {
    throw new IllegalStateException(
        "An embedded Kafka node wanted to end its process with status "
            + status
            + (message == null ? "" : ": " + message));
  }

  private static Properties asProperties(Map<String, String> map) {
    Properties properties = new Properties();
    properties.putAll(map);
    return properties;
  }
}
