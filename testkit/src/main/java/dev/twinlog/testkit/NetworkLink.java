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
 * A network between clients and a cluster: far, narrow, and with faults on demand.
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
 * <p>A relay on the loopback interface in front of every broker. The brokers have a second listener
 * for it and name the link's addresses to the clients that come over it, so that those stay on it;
 * TLS and SASL pass as the bytes that they are. A link stands in front of one cluster for its life;
 * {@link #forward} puts it in front of anything else that speaks TCP.
 *
 * <p>Bytes take half of the round trip in each direction, plus up to a millisecond; a new
 * connection takes a whole one before its first bytes set out, as its handshake would. What a
 * limited bandwidth lets through is shared by all connections, in each direction on its own. What a
 * long way does to TCP itself, small windows and slow starts, is not imitated: it is a link between
 * hosts that are tuned for it. Memory: up to the bandwidth times the delay, and without a limit of
 * bandwidth 32 MiB for each direction of a connection.
 *
 * <p>Thread-safe. The methods return when what they say is done; they throw {@link
 * IllegalStateException} if the link is closed.
 */
public final class NetworkLink implements AutoCloseable {
  /** The bandwidth of a link that limits nothing. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** One of the two ways over a link. */
  public enum Direction {
    /** What clients send: requests. */
    TO_CLUSTER,
    /** What clients are sent: answers. */
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

  /** A link that adds nothing, unless told otherwise. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The link's addresses of all brokers, for a client's {@code bootstrap.servers}.
   *
   * @throws IllegalStateException if it stands in front of no cluster
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
   * The cluster by way of the link, for whatever asks for a cluster. To close it is to close the
   * cluster.
   *
   * @throws IllegalStateException if it stands in front of no cluster
   */
  public TestKafka cluster() {
    return new FarKafka(requireCluster(), this);
  }

  /**
   * Puts the link in front of something else too.
   *
   * @param destination where connections go on to
   * @return where clients have to connect to, on 127.0.0.1; the same for the life of the link
   */
  public InetSocketAddress forward(InetSocketAddress destination) {
    return relay.forward(Objects.requireNonNull(destination, "destination"));
  }

  /**
   * Makes the way longer or shorter, for what sets out from now on; nothing overtakes.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public void roundTrip(Duration roundTrip) {
    refuse(Builder.problemOfRoundTrip(roundTrip));
    relay.roundTrip(roundTrip);
  }

  /**
   * Makes the way wider or narrower, for what sets out from now on.
   *
   * @param limit in each direction, or {@link #UNLIMITED}
   * @throws IllegalArgumentException if it isn't positive
   */
  public void bytesPerSecond(long limit) {
    refuse(Builder.problemOfBandwidth(limit));
    relay.bytesPerSecond(limit);
  }

  /**
   * Breaks off all connections, wherever in a request they are, and closes the ports: clients are
   * refused until {@link #heal()}. What was underway is lost; what was handed over stays so.
   */
  public void cut() {
    relay.cut();
  }

  /**
   * As {@link #cut()}, but only of what comes in for one broker: the others stay reachable over the
   * link, and that broker stays so for everybody who doesn't come over it.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void cut(int broker) {
    relay.cut(entry(broker));
  }

  /**
   * As {@link #cut()}, but when exactly so many more bytes were handed over in that direction: in
   * the middle of a request, or of an answer to one that was served. Returns at once; {@link
   * #isCut()} tells when it has happened.
   *
   * @param bytes from now on, of all connections together
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
   * A black hole in both directions: connections stay and new ones are accepted, and nothing
   * passes, nor does the end of a connection. What is underway goes on with {@link #heal()}, and is
   * lost with {@link #cut()}.
   */
  public void freeze() {
    for (Direction direction : Direction.values()) {
      freeze(direction);
    }
  }

  /**
   * A black hole in one direction. When only {@link Direction#FROM_CLUSTER} is frozen, requests are
   * served but their answers do not arrive.
   */
  public void freeze(Direction direction) {
    relay.freeze(isToCluster(direction));
  }

  /**
   * As {@link #freeze()}, but only of what comes in for one broker.
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
   * As {@link #freeze(Direction)}, but only of what comes in for one broker.
   *
   * @param broker its node id
   * @throws IllegalArgumentException if the link leads to no such broker
   */
  public void freeze(int broker, Direction direction) {
    relay.freeze(entry(broker), isToCluster(direction));
  }

  /**
   * Lets everything through again: ends cuts, freezes and random drops, of single brokers too. The
   * round trip and the bandwidth stay.
   */
  public void heal() {
    relay.heal();
  }

  /**
   * Ends {@link #cut(int)} and {@link #freeze(int)} of one broker. What was done to the whole link
   * stays.
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

  /** Breaks off all connections; new ones are accepted. */
  public void dropConnections() {
    relay.dropConnections();
  }

  /**
   * Breaks off one connection after the other from now on, at random moments; which and when is
   * decided by {@link Builder#seed}. {@link #heal()} ends it.
   *
   * @param mean how long it takes on average until the next one is dropped
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

  /** How many bytes were handed over to the cluster so far. */
  public long bytesToCluster() {
    return relay.passed(true);
  }

  /** How many bytes were handed over to clients so far. */
  public long bytesFromCluster() {
    return relay.passed(false);
  }

  /** Breaks off all connections and closes the ports. Idempotent, takes five seconds at most. */
  @Override
  public void close() {
    relay.close();
  }

  /** It belongs to that cluster now, whose brokers are added next. */
  synchronized void standBefore(TestKafka kafka) {
    if (cluster != null) {
      throw new IllegalStateException(
          "this link stands in front of a cluster already: start one link for each cluster");
    }
    cluster = kafka;
  }

  /** What the broker that listens there has to name to the clients that come over the link. */
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
          "this link stands in front of no cluster: start one with"
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

  /** A cluster whose clients go over a link. */
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

    /** How long a byte takes there and back again; zero by default. */
    public Builder roundTrip(Duration roundTrip) {
      this.roundTrip = Objects.requireNonNull(roundTrip, "roundTrip");
      return this;
    }

    /** How much fits through it in each direction; {@link NetworkLink#UNLIMITED} by default. */
    public Builder bytesPerSecond(long limit) {
      this.bytesPerSecond = limit;
      return this;
    }

    /**
     * What decides about {@link NetworkLink#dropConnectionsEvery}: the same seed, the same moments.
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Starts the link; connections can be made when a cluster was started with it.
     *
     * @throws IllegalArgumentException if the round trip is negative or the bandwidth isn't
     *     positive, with all that is wrong
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
