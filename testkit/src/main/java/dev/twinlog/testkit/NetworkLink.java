package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.net.Relay;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A simulated network between clients and a Kafka cluster, with a delay, a limited bandwidth and
 * faults on demand.
 *
 * <pre>{@code
 * try (NetworkLink link = NetworkLink.builder().roundTrip(Duration.ofMillis(100)).start();
 *     EmbeddedKafka kafka = EmbeddedKafka.builder().brokers(3).via(link).start()) {
 *   // clients with kafka.clientProperties() go directly,
 *   // those with link.clientProperties() over the link
 *   link.cut();  // or link.cut(2): broker 2 alone
 *   link.heal();
 * }
 * }</pre>
 *
 * <p>It is a TCP relay on the loopback interface in front of every broker. The brokers have a
 * second listener for it and advertise the link's addresses there, so that clients that connect
 * over the link stay on it; TLS and SASL bytes pass unchanged. A link belongs to one cluster for
 * its life; {@link #forward} also puts it in front of any other TCP server.
 *
 * <p>Bytes take half of the round trip in each direction, plus up to a millisecond; the first bytes
 * of a new connection wait one more round trip, as for its handshake. All connections share the
 * bandwidth, separately in each direction. TCP's own behavior on a long line, such as small windows
 * and slow start, is not imitated: the link is one between hosts that are tuned for it. Memory: up
 * to the bandwidth times the delay, and without a limit of bandwidth 32 MiB for each direction of a
 * connection.
 *
 * <p>Thread-safe. The methods return when their effect has taken place; they throw {@link
 * IllegalStateException} if the link is closed.
 */
public final class NetworkLink implements AutoCloseable {
  /** The bandwidth of a link without a limit. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** A direction of the traffic over a link. */
  public enum Direction {
    /** From clients to the cluster: requests. */
    TO_CLUSTER,
    /** From the cluster to clients: responses. */
    FROM_CLUSTER
  }

  private final Relay relay;
  private final List<String> addresses = new CopyOnWriteArrayList<>();
  private final Map<Integer, InetSocketAddress> entries = new ConcurrentHashMap<>();
  private @Nullable TestKafka cluster;

  private NetworkLink(Builder builder) {
    relay = Relay.start(builder.seed);
    relay.roundTrip(builder.roundTrip);
    relay.bytesPerSecond(builder.bytesPerSecond);
  }

  /** A builder; by default for a link without delay and without a bandwidth limit. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The link's addresses of all brokers, for a client's {@code bootstrap.servers}.
   *
   * @throws IllegalStateException if no cluster was started with this link
   */
  public String bootstrapServers() {
    requireCluster();
    return String.join(",", addresses);
  }

  /** As {@link TestKafka#clientProperties()}, over the link. */
  public Map<String, String> clientProperties() {
    return cluster().clientProperties();
  }

  /**
   * The cluster as its clients reach it over the link. Closing it closes the cluster.
   *
   * @throws IllegalStateException if no cluster was started with this link
   */
  public TestKafka cluster() {
    return new FarKafka(requireCluster(), this);
  }

  /**
   * Puts the link in front of another TCP server as well.
   *
   * @param destination the address that connections are relayed to
   * @return the address for clients to connect to, on 127.0.0.1; the same for the life of the link
   */
  public InetSocketAddress forward(InetSocketAddress destination) {
    return relay.forward(Objects.requireNonNull(destination, "destination"));
  }

  /**
   * Changes the round trip time of bytes sent from now on; bytes never overtake earlier ones.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void roundTrip(Duration roundTrip) {
    refuse(Builder.problemOfRoundTrip(roundTrip));
    relay.roundTrip(roundTrip);
  }

  /**
   * Changes the bandwidth for bytes sent from now on.
   *
   * @param limit bytes per second in each direction, or {@link #UNLIMITED}
   * @throws IllegalArgumentException if it isn't positive
   */
  public void bytesPerSecond(long limit) {
    refuse(Builder.problemOfBandwidth(limit));
    relay.bytesPerSecond(limit);
  }

  /**
   * Breaks all connections, even in the middle of a request, and closes the ports: connections are
   * refused until {@link #heal()}. Bytes in flight are lost; bytes that were delivered are not.
   */
  public void cut() {
    relay.cut();
  }

  /**
   * As {@link #cut()}, but only for connections to one broker: the others stay reachable over the
   * link, and that broker stays reachable for clients that don't use the link.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void cut(int broker) {
    relay.cut(entry(broker));
  }

  /**
   * As {@link #cut()}, but once exactly this many more bytes were delivered in that direction: in
   * the middle of a request, or of the response to a request that was served. Returns at once;
   * {@link #isCut()} returns true when it has happened.
   *
   * @param bytes counted from now on, over all connections together
   * @throws IllegalArgumentException if it isn't positive
   */
  public void cutAfter(Direction direction, long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("`bytes` was " + bytes + " but must be positive");
    }
    relay.cutAfter(isToCluster(direction), bytes);
  }

  /** Whether the link is cut now, as a whole. */
  public boolean isCut() {
    return relay.isCut();
  }

  /**
   * Makes the link a black hole in both directions: connections stay open and new ones are
   * accepted, but no byte and no end of a connection passes. Bytes in flight continue with {@link
   * #heal()} and are lost with {@link #cut()}.
   */
  public void freeze() {
    for (Direction direction : Direction.values()) {
      freeze(direction);
    }
  }

  /**
   * Makes the link a black hole in one direction. When only {@link Direction#FROM_CLUSTER} is
   * frozen, requests are served but their responses do not arrive.
   */
  public void freeze(Direction direction) {
    relay.freeze(isToCluster(direction));
  }

  /**
   * As {@link #freeze()}, but only for connections to one broker.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void freeze(int broker) {
    for (Direction direction : Direction.values()) {
      freeze(broker, direction);
    }
  }

  /**
   * As {@link #freeze(Direction)}, but only for connections to one broker.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void freeze(int broker, Direction direction) {
    relay.freeze(entry(broker), isToCluster(direction));
  }

  /**
   * Ends all cuts, freezes and random drops, including those of single brokers. The round trip and
   * the bandwidth stay.
   */
  public void heal() {
    relay.heal();
  }

  /**
   * Ends {@link #cut(int)} and {@link #freeze(int)} of one broker. A cut or freeze of the whole
   * link stays.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void heal(int broker) {
    relay.heal(entry(broker));
  }

  private InetSocketAddress entry(int broker) {
    InetSocketAddress entry = entries.get(broker);
    if (entry == null) {
      throw new IllegalArgumentException(
          "the link leads to no broker %d, but to %s"
              .formatted(broker, new TreeSet<>(entries.keySet())));
    }
    return entry;
  }

  /** Breaks all connections; new ones are accepted. */
  public void dropConnections() {
    relay.dropConnections();
  }

  /**
   * Breaks one connection after the other from now on, at random times; {@link Builder#seed}
   * decides which and when. {@link #heal()} ends it.
   *
   * @param mean the mean time between two drops
   * @throws IllegalArgumentException if it isn't positive
   */
  public void dropConnectionsEvery(Duration mean) {
    if (mean.isZero() || mean.isNegative()) {
      throw new IllegalArgumentException("`mean` was " + mean + " but must be positive");
    }
    relay.dropEvery(mean);
  }

  /** How many connections there are now. */
  public int connections() {
    return relay.connections();
  }

  /** How many bytes were delivered to the cluster so far. */
  public long bytesToCluster() {
    return relay.passed(true);
  }

  /** How many bytes were delivered to clients so far. */
  public long bytesFromCluster() {
    return relay.passed(false);
  }

  /** Breaks all connections and closes the ports. Idempotent, takes five seconds at most. */
  @Override
  public void close() {
    relay.close();
  }

  /** Binds the link to that cluster, whose brokers are added next. */
  synchronized void standBefore(TestKafka kafka) {
    if (cluster != null) {
      throw new IllegalStateException(
          "this link is in front of a cluster already: start one link for each cluster");
    }
    cluster = kafka;
  }

  /** Adds a broker; returns the address that it must advertise to the link's clients. */
  String addBroker(int broker, InetSocketAddress listener) {
    InetSocketAddress address = forward(listener);
    entries.put(broker, address);
    String advertised = address.getAddress().getHostAddress() + ":" + address.getPort();
    addresses.add(advertised);
    return advertised;
  }

  private synchronized TestKafka requireCluster() {
    if (cluster == null) {
      throw new IllegalStateException(
          "this link is in front of no cluster: start one with"
              + " EmbeddedKafka.builder().via(link)");
    }
    return cluster;
  }

  private static boolean isToCluster(Direction direction) {
    return Objects.requireNonNull(direction, "direction") == Direction.TO_CLUSTER;
  }

  private static void refuse(@Nullable String problem) {
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
  }

  /** A cluster whose clients connect over a link. */
  private record FarKafka(TestKafka near, NetworkLink link) implements TestKafka {
    @Override
    public String bootstrapServers() {
      return link.bootstrapServers();
    }

    @Override
    public Map<String, String> clientProperties() {
      return overLink(near.clientProperties());
    }

    @Override
    public Map<String, String> clientProperties(String user) {
      return overLink(near.clientProperties(user));
    }

    @Override
    public void close() {
      near.close();
    }

    private Map<String, String> overLink(Map<String, String> properties) {
      properties.put("bootstrap.servers", bootstrapServers());
      return properties;
    }
  }

  /** Describes a link before it is started. Not thread-safe. */
  public static final class Builder {
    private Duration roundTrip = Duration.ZERO;
    private long bytesPerSecond = UNLIMITED;
    private long seed;

    private Builder() {}

    /** The round trip time; zero by default. */
    public Builder roundTrip(Duration roundTrip) {
      this.roundTrip = Objects.requireNonNull(roundTrip, "roundTrip");
      return this;
    }

    /** The bandwidth in each direction; {@link NetworkLink#UNLIMITED} by default. */
    public Builder bytesPerSecond(long limit) {
      this.bytesPerSecond = limit;
      return this;
    }

    /**
     * The seed of {@link NetworkLink#dropConnectionsEvery}: the same seed gives the same times. 0
     * by default.
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Starts the link; clients can connect once a cluster was started with it.
     *
     * @throws IllegalArgumentException if the round trip is negative or the bandwidth isn't
     *     positive; the message names all that is wrong
     */
    public NetworkLink start() {
      List<String> problems = new ArrayList<>();
      String wrong = problemOfRoundTrip(roundTrip);
      if (wrong != null) {
        problems.add(wrong);
      }
      wrong = problemOfBandwidth(bytesPerSecond);
      if (wrong != null) {
        problems.add(wrong);
      }
      if (!problems.isEmpty()) {
        throw new IllegalArgumentException(String.join("; ", problems));
      }
      return new NetworkLink(this);
    }

    private static @Nullable String problemOfRoundTrip(Duration roundTrip) {
      return roundTrip.isNegative()
          ? "`roundTrip` was " + roundTrip + " but must not be negative"
          : null;
    }

    private static @Nullable String problemOfBandwidth(long limit) {
      return limit < 1 ? "`bytesPerSecond` was " + limit + " but must be positive" : null;
    }
  }
}
