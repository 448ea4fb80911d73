package dev.twinlog.testkit;

import dev.twinlog.testkit.child.ChildJvm;
import dev.twinlog.testkit.internal.child.BrokerLogs;
import dev.twinlog.testkit.internal.kafka.BrokerSettings;
import dev.twinlog.testkit.internal.kafka.ChildBroker;
import dev.twinlog.testkit.internal.kafka.KafkaVersion;
import dev.twinlog.testkit.internal.kafka.TempDirectories;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka cluster whose brokers have JVMs of their own: for SIGKILL, SIGSTOP and brokers of
 * another version.
 *
 * <pre>{@code
 * try (ChildKafka kafka = ChildKafka.start()) {
 *   kafka.kill();
 *   kafka.restart();
 * }
 * }</pre>
 *
 * <p>One KRaft node, or several, on 127.0.0.1 only, with the settings of {@link EmbeddedKafka}.
 * Brokers are numbered from 0; the controller is in broker 0, so that while this one is dead the
 * others serve the partitions that they lead, and no new leader is elected for those that it led. A
 * broker takes one to two seconds to start and about 200 MB of memory. It keeps its port and its
 * data through {@link #kill(int)} and {@link #restart(int)}, and ends by itself when this JVM is
 * gone. A client of a frozen broker waits for its {@code request.timeout.ms}, 30 seconds unless you
 * lower it.
 *
 * <p>A killed broker is accepted again when its former broker session has expired, two seconds
 * after the kill; {@code config("broker.session.timeout.ms", …)} makes that longer where live
 * brokers must not be fenced on a busy machine. Thread-safe.
 */
public final class ChildKafka implements TestKafka {
  private static final String SESSION_MS = "2000";

  private final Path directory;
  private final KafkaSecurity.Prepared security;
  private final List<ChildBroker> brokers = new ArrayList<>();
  private final List<String> format = new ArrayList<>();
  private final List<String> jvmArgs;
  private final @Nullable List<Path> classPath;
  private boolean closed;

  private ChildKafka(Builder builder, Path directory) {
    this.directory = directory;
    this.jvmArgs = List.copyOf(builder.jvmArgs);
    this.classPath = builder.classPath;
    this.security = builder.security.prepare(directory);
    NetworkLink link = builder.link;
    if (link != null) {
      link.standBefore(this);
    }
    for (int id = 0; id < builder.brokers; id++) {
      brokers.add(new ChildBroker(id, directory, security.isPlaintext(), link != null));
    }
    format.addAll(List.of("-t", Uuid.randomUuid().toString()));
    for (String credential : security.scramCredentials()) {
      format.addAll(List.of("--add-scram", credential));
    }
    Map<String, String> settings = new HashMap<>(BrokerSettings.forTests(builder.brokers));
    settings.putAll(BrokerSettings.forControllersInTests(builder.brokers));
    // Otherwise a killed broker is refused for nine seconds.
    settings.put("broker.session.timeout.ms", SESSION_MS);
    settings.putAll(security.serverProperties());
    settings.putAll(builder.configs);
    String voters = "0@" + brokers.get(0).port(BrokerSettings.CONTROLLER).address();
    BiFunction<Integer, InetSocketAddress, String> far = link == null ? null : link::addBroker;
    brokers.forEach(broker -> broker.configure(settings, security.protocol(), voters, far));
  }

  /**
   * Starts a plaintext broker of the Kafka version on this JVM's class path.
   *
   * @throws IllegalStateException if Kafka doesn't start; the message has what it printed
   */
  public static ChildKafka start() {
    return builder().start();
  }

  /** A builder; by default for one plaintext broker with this JVM's class path. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public String bootstrapServers() {
    return BrokerSettings.bootstrapServers(
        brokers.stream().map(broker -> broker.port(BrokerSettings.CLIENT)).toList());
  }

  @Override
  public Map<String, String> clientProperties() {
    return withBootstrap(security.clientProperties());
  }

  @Override
  public Map<String, String> clientProperties(String user) {
    return withBootstrap(security.clientProperties(user));
  }

  /** How many brokers the cluster has, alive or dead. */
  public int brokers() {
    return brokers.size();
  }

  /** The process that runs broker 0 now. */
  public ChildJvm process() {
    return process(0);
  }

  /**
   * The process that runs that broker now.
   *
   * @param broker from 0 to {@link #brokers()} − 1, here as in the other methods
   */
  public ChildJvm process(int broker) {
    return broker(broker).process();
  }

  /**
   * Kills all brokers, as {@code kill -9} does; what they had not written is lost. Does nothing to
   * dead ones.
   */
  public void kill() {
    brokers.forEach(broker -> broker.process().kill());
  }

  /** Kills one broker, as {@link #kill()} does. */
  public void kill(int broker) {
    process(broker).kill();
  }

  /** Freezes all brokers (SIGSTOP): their connections stay open and they answer nothing. */
  public void freeze() {
    brokers.forEach(broker -> broker.process().freeze());
  }

  /** Freezes one broker, as {@link #freeze()} does. */
  public void freeze(int broker) {
    process(broker).freeze();
  }

  /** Lets frozen brokers continue (SIGCONT). */
  public void thaw() {
    brokers.forEach(broker -> broker.process().thaw());
  }

  /** Lets one frozen broker continue (SIGCONT). */
  public void thaw(int broker) {
    process(broker).thaw();
  }

  /**
   * Starts all brokers again after {@link #kill()}, with their ports and their data, and returns
   * when they take requests.
   *
   * @throws IllegalStateException if one still runs, the cluster is closed, or Kafka doesn't start
   */
  public void restart() {
    restart(brokers);
  }

  /** Starts one broker again after {@link #kill(int)}, as {@link #restart()} does. */
  public void restart(int broker) {
    restart(List.of(broker(broker)));
  }

  /** Kills the brokers and deletes their data. Idempotent. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    brokers.forEach(ChildBroker::close);
    TempDirectories.delete(directory);
  }

  private void restart(List<ChildBroker> dead) {
    synchronized (this) {
      dead.forEach(ChildBroker::bury);
      launch(dead);
    }
    dead.forEach(broker -> broker.awaitReady(clientProperties()));
  }

  private void launch(List<ChildBroker> some) {
    some.forEach(broker -> broker.launch(jvmArgs, format, classPath));
  }

  private ChildBroker broker(int id) {
    return brokers.get(Objects.checkIndex(id, brokers.size()));
  }

  private Map<String, String> withBootstrap(Map<String, String> properties) {
    properties.put("bootstrap.servers", bootstrapServers());
    return properties;
  }

  /** Describes a cluster before it is started. Not thread-safe. */
  public static final class Builder {
    private final Map<String, String> configs = new HashMap<>();
    private final List<String> jvmArgs = new ArrayList<>();
    private int brokers = 1;
    private KafkaSecurity security = KafkaSecurity.plaintext();
    private @Nullable List<Path> classPath;
    private @Nullable NetworkLink link;

    private boolean logs;

    private Builder() {}

    /** How many brokers; 1 by default. */
    public Builder brokers(int brokers) {
      this.brokers = brokers;
      return this;
    }

    /** A setting of all brokers; as {@link EmbeddedKafka.Builder#config}. */
    public Builder config(String key, String value) {
      configs.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /** Arguments of the brokers' JVMs, behind the testkit's own and so stronger than these. */
    public Builder jvmArgs(String... jvmArgs) {
      this.jvmArgs.addAll(List.of(jvmArgs));
      return this;
    }

    /**
     * Whether the levels of Kafka's loggers are left alone; as {@link EmbeddedKafka.Builder#logs}.
     */
    public Builder logs(boolean kept) {
      this.logs = kept;
      return this;
    }

    /** How clients authenticate; {@link KafkaSecurity#plaintext()} by default. */
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
     * The jars of the brokers, of any Kafka version with KRaft, and of a logging binding if you
     * want one; the class path of this JVM by default.
     */
    public Builder classPath(Collection<Path> classPath) {
      this.classPath = List.copyOf(classPath);
      return this;
    }

    /**
     * Starts the cluster and returns when all its brokers take requests.
     *
     * @throws IllegalArgumentException if the number of brokers isn't positive
     * @throws IllegalStateException if Kafka doesn't start; the message has what it printed; or the
     *     link belongs to another cluster
     */
    public ChildKafka start() {
      if (brokers < 1) {
        throw new IllegalArgumentException("`brokers` was " + brokers + " but must be positive");
      }
      if (logs) {
        jvmArgs.add(0, "-D" + BrokerLogs.KEPT + "=true");
      } else {
        BrokerLogs.quiet(); // this JVM's clients, such as those that await the brokers
      }
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
        kafka.launch(kafka.brokers);
        kafka.brokers.forEach(broker -> broker.awaitReady(kafka.clientProperties()));
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
