package dev.twinlog.testkit.internal.kafka;

import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.internal.child.BrokerMain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * A broker in a JVM of its own that keeps its ports and its directory over restarts of its process.
 * Thread-safe.
 */
public final class ChildBroker {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofMillis(50);

  private final int id;
  private final Path data;
  private final Path propertiesFile;
  private final Map<String, LoopbackPort> listeners = new LinkedHashMap<>();
  private @Nullable ChildJvm running;

  /**
   * Reserves the broker's ports.
   *
   * @param id the node's id; broker 0 is also the controller
   * @param directory of the cluster
   */
  public ChildBroker(int id, Path directory, boolean plaintext, boolean far) {
    this.id = id;
    this.data = TempDirectories.child(directory, "data-" + id);
    this.propertiesFile = directory.resolve("server-" + id + ".properties");
    listeners.put(BrokerSettings.CLIENT, LoopbackPort.reserve());
    if (id == 0) {
      listeners.put(BrokerSettings.CONTROLLER, LoopbackPort.reserve());
    }
    if (!plaintext) {
      listeners.put(BrokerSettings.INTERNAL, LoopbackPort.reserve());
    }
    if (far) {
      listeners.put(BrokerSettings.FAR, LoopbackPort.reserve());
    }
  }

  public LoopbackPort port(String listener) {
    return Objects.requireNonNull(listeners.get(listener), listener);
  }

  /**
   * Writes the broker's properties file.
   *
   * @param shared settings that are the same for all nodes
   * @param voters the address of the controller
   * @param far puts a network link in front of a broker's listener and returns the address to
   *     advertise; null without a link
   */
  public void configure(
      Map<String, String> shared,
      String clientProtocol,
      String voters,
      @Nullable BiFunction<Integer, InetSocketAddress, String> far) {
    Map<String, String> properties = new HashMap<>(shared);
    properties.putAll(BrokerSettings.broker(id, listeners, clientProtocol, data));
    properties.put("controller.quorum.voters", voters);
    if (far != null) {
      BrokerSettings.advertiseFar(
          properties, far.apply(id, port(BrokerSettings.FAR).socketAddress()));
    }
    Properties file = new Properties();
    file.putAll(properties);
    try (Writer writer = Files.newBufferedWriter(propertiesFile, StandardCharsets.UTF_8)) {
      file.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing a broker's settings", e);
    }
  }

  /**
   * Starts the broker's process; {@link #awaitReady} waits until it takes requests.
   *
   * @param jvmArgs added behind the default ones
   * @param format the arguments of Kafka's storage tool that are the same for all nodes
   */
  public synchronized void launch(
      List<String> jvmArgs, List<String> format, @Nullable List<Path> classPath) {
    listeners.values().forEach(LoopbackPort::unbind); // the child binds them itself
    ChildJvm.Builder jvm =
        ChildJvm.builder(BrokerMain.class.getName())
            .name("kafka-" + id)
            .jvmArgs("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
            .jvmArgs(jvmArgs.toArray(String[]::new))
            .args(data.toString(), propertiesFile.toString(), "format")
            .args("-c", propertiesFile.toString())
            .args(format.toArray(String[]::new));
    if (classPath != null) {
      jvm.classPath(classPath);
    }
    running = jvm.start();
  }

  /**
   * Releases a dead process, so that the broker can be launched again.
   *
   * @throws IllegalStateException if it lives
   */
  public synchronized void bury() {
    ChildJvm former = process();
    if (former.isAlive()) {
      throw new IllegalStateException("the broker still runs: kill() it first");
    }
    former.close();
  }

  /**
   * Waits until the broker accepts requests and has joined its cluster.
   *
   * @param clientProperties of the cluster
   */
  public void awaitReady(Map<String, String> clientProperties) {
    ChildJvm started = process();
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!acceptsConnections()) {
      pause(started, deadline);
    }
    Map<String, Object> config = new HashMap<>(clientProperties);
    config.put("bootstrap.servers", port(BrokerSettings.CLIENT).address());
    config.put("default.api.timeout.ms", (int) START_LIMIT.toMillis());
    try (Admin admin = Admin.create(config)) {
      while (admin.describeCluster().nodes().get().stream().noneMatch(node -> node.id() == id)) {
        pause(started, deadline);
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(started.describe("doesn't answer"), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + started + " started", e);
    }
  }

  /** The broker's current process, or its last one. */
  public synchronized ChildJvm process() {
    if (running == null) {
      throw new IllegalStateException("the broker is closed");
    }
    return running;
  }

  /** Kills the broker and releases its ports. */
  public synchronized void close() {
    if (running != null) {
      running.close();
    }
    running = null;
    listeners.values().forEach(LoopbackPort::close);
  }

  private static void pause(ChildJvm started, long deadline) {
    if (!started.isAlive()) {
      throw new IllegalStateException(started.describe("ended while it started"));
    }
    if (System.nanoTime() - deadline > 0) {
      throw new IllegalStateException(
          started.describe("did not start in " + START_LIMIT.toSeconds() + " s"));
    }
    LockSupport.parkNanos(RETRY.toNanos());
  }

  private boolean acceptsConnections() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(
              InetAddress.getByAddress(new byte[] {127, 0, 0, 1}),
              port(BrokerSettings.CLIENT).number()),
          1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
