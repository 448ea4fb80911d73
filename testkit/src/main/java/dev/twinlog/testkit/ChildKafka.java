package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.child.BrokerMain;
import dev.twinlog.testkit.internal.kafka.BrokerSettings;
import dev.twinlog.testkit.internal.kafka.KafkaVersion;
import dev.twinlog.testkit.internal.kafka.LoopbackPort;
import dev.twinlog.testkit.internal.kafka.TempDirectories;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker in a JVM of its own: for SIGKILL, SIGSTOP and brokers of another version.
 *
 * <pre>{@code
 * try (ChildKafka kafka = ChildKafka.start()) {
 *   kafka.kill();
 *   kafka.restart();
 * }
 * }</pre>
 *
 * <p>One KRaft node, broker and controller in one, on 127.0.0.1 only, with the settings of {@link
 * EmbeddedKafka}. It takes one to two seconds to start and about 200 MB of memory. It keeps its
 * port and its data through {@link #kill()} and {@link #restart()}, and ends by itself when this
 * JVM is gone. A client that meets a frozen broker waits for its {@code request.timeout.ms}, 30
 * seconds unless you lower it. Thread-safe.
 */
public final class ChildKafka implements TestKafka {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration RETRY = Duration.ofMillis(50);

  private final Path directory;
  private final Path data;
  private final Path propertiesFile;
  private final KafkaSecurity.Prepared security;
  private final Map<String, LoopbackPort> listeners = new LinkedHashMap<>();
  private final ChildJvm.Builder child;
  private @Nullable ChildJvm running;
  private boolean closed;

  private ChildKafka(Builder builder, Path directory) {
    this.directory = directory;
    this.data = TempDirectories.child(directory, "data");
    this.propertiesFile = directory.resolve("server.properties");
    this.security = builder.security.prepare(directory);
    if (builder.link != null) {
      builder.link.standBefore(this);
    }
    listeners.put(BrokerSettings.CLIENT, LoopbackPort.reserve());
    listeners.put(BrokerSettings.CONTROLLER, LoopbackPort.reserve());
    if (!security.isPlaintext()) {
      listeners.put(BrokerSettings.INTERNAL, LoopbackPort.reserve());
    }
    if (builder.link != null) {
      listeners.put(BrokerSettings.FAR, LoopbackPort.reserve());
    }
    writeProperties(builder);
    this.child = child(builder);
  }

  /**
   * Starts a plaintext broker of the Kafka version on this JVM's class path.
   *
   * @throws IllegalStateException if Kafka doesn't start; the message has what it printed
   */
  public static ChildKafka start() {
    return builder().start();
  }

  /** A plaintext broker with this JVM's class path, unless told otherwise. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String bootstrapServers() {
    return Objects.requireNonNull(listeners.get(BrokerSettings.CLIENT)).address();
  }

  @Override
  public Map<String, String> clientProperties() {
    return withBootstrap(security.clientProperties());
  }

  @Override
  public Map<String, String> clientProperties(String user) {
    return withBootstrap(security.clientProperties(user));
  }

  /** The process that runs the broker now. */
  public synchronized ChildJvm process() {
    if (running == null) {
      throw new IllegalStateException("the broker is closed");
    }
    return running;
  }

  /**
   * Kills the broker, as {@code kill -9} does; what it had not written is lost. Does nothing if it
   * is dead.
   */
  public void kill() {
    process().kill();
  }

  /** Freezes the broker (SIGSTOP): its connections stay open and it answers nothing. */
  public void freeze() {
    process().freeze();
  }

  /** Lets a frozen broker go on (SIGCONT). */
  public void thaw() {
    process().thaw();
  }

  /**
   * Starts the broker again after {@link #kill()}, with its port and its data, and returns when it
   * takes requests.
   *
   * @throws IllegalStateException if it still runs, is closed, or doesn't start
   */
  public synchronized void restart() {
    ChildJvm former = process();
    if (former.isAlive()) {
      throw new IllegalStateException("the broker still runs: kill() it first");
    }
    former.close();
    launch();
  }

  /** Kills the broker and deletes its data. Idempotent. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (running != null) {
      running.close();
    }
    running = null;
    listeners.values().forEach(LoopbackPort::close);
    TempDirectories.delete(directory);
  }

  private synchronized void launch() {
    // The child binds them itself; nobody else takes ports of this range in the meantime but by bad
    // luck.
    listeners.values().forEach(LoopbackPort::close);
    ChildJvm started = child.start();
    running = started;
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!acceptsConnections()) {
      pause(started, deadline);
    }
    Map<String, Object> config = new HashMap<>(clientProperties());
    config.put("default.api.timeout.ms", (int) START_LIMIT.toMillis());
    try (Admin admin = Admin.create(config)) {
      while (admin.describeCluster().nodes().get().isEmpty()) {
        pause(started, deadline);
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(started.describe("doesn't answer"), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + started + " started", e);
    }
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
    int port = Objects.requireNonNull(listeners.get(BrokerSettings.CLIENT)).number();
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void writeProperties(Builder builder) {
    Map<String, String> properties = new HashMap<>(BrokerSettings.forTests(1));
    properties.putAll(BrokerSettings.forControllersInTests(1));
    // Else a killed broker is refused for nine seconds; a stall can't fence it, as it stalls both.
    properties.put("broker.session.timeout.ms", "2000");
    properties.putAll(security.serverProperties());
    properties.putAll(builder.configs);
    properties.putAll(BrokerSettings.broker(0, listeners, security.protocol(), data));
    String controller = Objects.requireNonNull(listeners.get(BrokerSettings.CONTROLLER)).address();
    properties.put("controller.quorum.voters", "0@" + controller);
    LoopbackPort farPort = listeners.get(BrokerSettings.FAR);
    if (builder.link != null && farPort != null) {
      BrokerSettings.advertiseFar(properties, builder.link.addBroker(farPort.socketAddress()));
    }
    Properties file = new Properties();
    file.putAll(properties);
    try (Writer writer = Files.newBufferedWriter(propertiesFile, StandardCharsets.UTF_8)) {
      file.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing a broker's settings", e);
    }
  }

  private ChildJvm.Builder child(Builder builder) {
    List<String> format =
        new ArrayList<>(
            List.of("format", "-t", Uuid.randomUuid().toString(), "-c", propertiesFile.toString()));
    for (String credential : security.scramCredentials()) {
      format.addAll(List.of("--add-scram", credential));
    }
    ChildJvm.Builder jvm =
        ChildJvm.builder(BrokerMain.class.getName())
            .name("kafka")
            .jvmArgs("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
            .args(data.toString(), propertiesFile.toString())
            .args(format.toArray(String[]::new));
    if (builder.classPath != null) {
      jvm.classPath(builder.classPath);
    }
    return jvm;
  }

  private Map<String, String> withBootstrap(Map<String, String> properties) {
    properties.put("bootstrap.servers", bootstrapServers());
    return properties;
  }

  /** Describes a broker before it is started. Not thread-safe. */
  public static final class Builder {
    private final Map<String, String> configs = new HashMap<>();
    private KafkaSecurity security = KafkaSecurity.plaintext();
    private @Nullable List<Path> classPath;
    private @Nullable NetworkLink link;

    private Builder() {}

    /** A setting of the broker; as {@link EmbeddedKafka.Builder#config}. */
    public Builder config(String key, String value) {
      configs.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /** How clients prove who they are; {@link KafkaSecurity#plaintext()} by default. */
    public Builder security(KafkaSecurity security) {
      this.security = Objects.requireNonNull(security, "security");
      return this;
    }

    /** A network link that clients may take to it; as {@link EmbeddedKafka.Builder#via}. */
    public Builder via(NetworkLink link) {
      this.link = Objects.requireNonNull(link, "link");
      return this;
    }

    /**
     * The jars of the broker, of any Kafka version with KRaft, and of a logging binding if you want
     * one; the class path of this JVM by default.
     */
    public Builder classPath(Collection<Path> classPath) {
      this.classPath = List.copyOf(classPath);
      return this;
    }

    /**
     * Starts the broker and returns when it takes requests.
     *
     * @throws IllegalStateException if Kafka doesn't start; the message has what it printed; or the
     *     link belongs to another cluster
     */
    public ChildKafka start() {
      if (classPath == null) {
        KafkaVersion.requireMatch();
      }
      Path directory = TempDirectories.create("twinlog-child-kafka-");
      ChildKafka kafka;
      try {
        kafka = new ChildKafka(this, directory);
      } catch (RuntimeException e) {
        TempDirectories.delete(directory);
        throw e;
      }
      try {
        kafka.launch();
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
