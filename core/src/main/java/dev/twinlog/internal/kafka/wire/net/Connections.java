package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.ApiVersions;
import dev.twinlog.internal.kafka.wire.message.MalformedResponseException;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.message.RequestHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ByteBufferSend;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.KafkaChannel;
import org.apache.kafka.common.network.NetworkReceive;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manages the connections to the brokers of a cluster: connects on demand, reconnects after a
 * backoff, sends requests and dispatches the responses, which arrive in the order of a connection's
 * requests.
 *
 * <p>Confined to one thread, except {@link #wakeup()}.
 */
public final class Connections implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

  private static final long STORES_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final NetSettings settings;
  private final long madeAt = System.nanoTime();
  private final ReceivePool pool;
  private final Metrics metrics = new Metrics();
  private final Selector selector;
  private final Map<Integer, Connection> byBroker = new HashMap<>();
  private final Map<String, Connection> byChannel = new HashMap<>();
  private @Nullable AuthenticationException refused;
  private int lastChannel;
  private int lastCorrelation;
  private long losses;

  /**
   * Connects to nothing yet.
   *
   * @throws KafkaException if the settings can't be used, for instance because a key store is
   *     missing
   */
  public Connections(NetSettings settings, ReceivePool pool) {
    this.settings = settings;
    this.pool = pool;
    try {
      this.selector =
          ClientInternals.selector(settings.config(), metrics, pool, settings.clientId());
      pool.whenThereIsRoom(selector::wakeup);
    } catch (IOException e) {
      metrics.close();
      throw new KafkaException(e.getMessage(), e);
    } catch (RuntimeException e) {
      metrics.close();
      throw e;
    }
  }

  /**
   * Whether a request can be sent to the broker now. Begins to connect if there is no connection
   * and the backoff is over.
   */
  public boolean ready(Broker broker) {
    long now = System.nanoTime();
    Connection connection = connectionTo(broker, now);
    if (connection.mayConnect(now)) {
      connect(connection, now);
    }
    return connection.maySend(now);
  }

  private Connection connectionTo(Broker broker, long now) {
    Connection known = byBroker.get(broker.id());
    if (known != null && known.broker().equals(broker)) {
      return known;
    }
    if (known != null) {
      close(known, new DisconnectException(known.broker() + " moved to " + broker));
    }
    Connection fresh = new Connection(broker, settings, now);
    byBroker.put(broker.id(), fresh);
    return fresh;
  }

  private void connect(Connection connection, long now) {
    String channel = connection.broker().id() + "-" + ++lastChannel;
    try {
      selector.connect(
          channel, connection.nextAddress(), settings.sendBuffer(), settings.receiveBuffer());
      connection.connecting(channel, lastChannel, now);
      byChannel.put(channel, connection);
    } catch (IOException e) {
      LOG.debug("can't connect to {}", connection.broker(), e);
      connection.failed("can't connect to %s: %s".formatted(connection.broker(), e));
      closed(connection);
    }
  }

  /**
   * Why there has been no connection to the broker since the last ready one; empty if none was lost
   * or failed.
   */
  public Optional<String> failure(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection == null || !connection.broker().equals(broker)
        ? Optional.empty()
        : Optional.ofNullable(connection.failure());
  }

  /** How many requests to a broker have no response yet. */
  public int inFlight(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection == null ? 0 : connection.inFlight().size();
  }

  /** The shortest time from a request to its response on the broker's connection; 0 if unknown. */
  public long roundTripNanos(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection == null ? 0 : connection.roundTripNanos();
  }

  /** The number of the connection to a broker that is ready; 0 if there is none. */
  long number(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection != null
            && connection.broker().equals(broker)
            && connection.state() == Connection.State.READY
        ? connection.number()
        : 0;
  }

  /** As {@link #ready}, but never begins to connect. */
  boolean isReady(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection != null
        && connection.broker().equals(broker)
        && connection.maySend(System.nanoTime());
  }

  /** Whether a connection is being established that may be {@link #ready} soon. */
  boolean isPromising(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection != null && connection.isPromising(System.nanoTime());
  }

  /** Whether {@link #ready} would begin to connect. */
  boolean mayConnect(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection == null || connection.mayConnect(System.nanoTime());
  }

  /**
   * The version of a request to use with a broker that is {@link #ready}.
   *
   * @throws UnsupportedVersionException if the broker is too old
   */
  public short version(Broker broker, Api api) {
    Connection connection = byBroker.get(broker.id());
    ApiVersions versions = connection == null ? null : connection.versions();
    short version = versions == null ? -1 : versions.newest(api);
    if (version < 0) {
      throw new UnsupportedVersionException(
          "%s does not support %s version %d, which the batch path needs (Kafka 3.1 and later do)"
              .formatted(broker, api, api.oldest()));
    }
    return version;
  }

  /** Sends a request to a broker that is {@link #ready}. */
  public void send(Broker broker, Request request) {
    long now = System.nanoTime();
    Connection connection = byBroker.get(broker.id());
    if (connection == null || !connection.maySend(now)) {
      throw new IllegalStateException(broker + " is not ready");
    }
    send(connection, request, now);
  }

  private void send(Connection connection, Request request, long now) {
    int correlationId = ++lastCorrelation;
    MessageWriter body = request.body();
    ByteBuffer[] header =
        RequestHeader.write(
                request.api(), request.version(), correlationId, settings.clientId(), body.size())
            .toBuffers();
    ByteBuffer[] rest = body.toBuffers();
    ByteBuffer[] all = new ByteBuffer[header.length + rest.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(rest, 0, all, header.length, rest.length);
    ByteBufferSend send = new ByteBufferSend(all);
    connection.inFlight().addLast(new Connection.InFlight(correlationId, request, now));
    connection.sending(send);
    selector.send(new NetworkSend(connection.channel(), send));
  }

  /** Sends nothing to the broker for the throttle time that it returned. */
  public void throttle(Broker broker, int millis) {
    Connection connection = byBroker.get(broker.id());
    if (connection != null && millis > 0) {
      connection.throttle(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }
  }

  /** Whether the broker is throttled now. */
  public boolean isThrottled(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection != null && connection.isThrottled(System.nanoTime());
  }

  /** How long the broker is still throttled; 0 if it isn't. */
  public long throttledNanos(Broker broker) {
    Connection connection = byBroker.get(broker.id());
    return connection == null ? 0 : connection.throttledNanos(System.nanoTime());
  }

  /** Closes the connection to a broker; its requests are lost. */
  public void disconnect(Broker broker, String why) {
    Connection connection = byBroker.get(broker.id());
    if (connection != null) {
      close(connection, new DisconnectException(why));
    }
  }

  /**
   * Does the I/O that is due and calls the handlers of requests, waiting at most {@code maxNanos}
   * or until the end of a backoff or throttle time, after which {@link #ready} may change.
   *
   * @throws AuthenticationException if authentication failed and no other broker is connected
   */
  public void poll(long maxNanos) {
    long now = System.nanoTime();
    long nanos = maxNanos;
    for (Connection connection : byBroker.values()) {
      nanos = Math.min(nanos, connection.nanosToDeadline(now));
      nanos = Math.min(nanos, connection.nanosToUse(now));
    }
    try {
      selector.poll(millis(nanos));
    } catch (IOException e) {
      throw new KafkaException("the network selector failed", e);
    }
    handleSent();
    handleAnswers();
    handleConnected();
    handleDisconnected();
    handleDeadlines();
    AuthenticationException failure = refused;
    if (failure != null) {
      refused = null;
      throw failure;
    }
  }

  /** Rounds up: below a millisecond the selector would not wait at all. */
  private static long millis(long nanos) {
    return nanos <= 0
        ? 0
        : TimeUnit.NANOSECONDS.toMillis(Math.min(nanos, Long.MAX_VALUE - 1_000_000) + 999_999);
  }

  private void handleSent() {
    for (NetworkSend sent : selector.completedSends()) {
      Connection connection = byChannel.get(sent.destinationId());
      if (connection != null) {
        connection.sent(System.nanoTime());
      }
    }
  }

  private void handleAnswers() {
    for (NetworkReceive receive : List.copyOf(selector.completedReceives())) {
      Received received = new Received(receive.payload(), pool);
      Connection connection = byChannel.get(receive.source());
      try {
        if (connection != null) {
          handleAnswer(connection, received);
        }
      } finally {
        received.release();
      }
    }
  }

  private void handleAnswer(Connection connection, Received received) {
    Connection.InFlight answered = null;
    try {
      MessageReader in = new MessageReader(received.payload());
      Connection.InFlight oldest = connection.inFlight().peekFirst();
      int correlationId = in.int32();
      if (oldest == null || oldest.correlationId() != correlationId) {
        throw new KafkaException(
            "%s answered request %d, which is not the oldest one in flight"
                .formatted(connection.broker(), correlationId));
      }
      if (oldest.request().api() != Api.API_VERSIONS) {
        in.skipTags();
      }
      answered = connection.inFlight().removeFirst();
      connection.answered(answered, System.nanoTime());
      answered.request().handler().answered(received);
    } catch (MalformedResponseException | KafkaException e) {
      LOG.warn("closing the connection to {}: {}", connection.broker(), e.getMessage());
      DisconnectException cause = new DisconnectException(e.getMessage(), e);
      if (answered != null) {
        answered.request().handler().lost(cause);
      }
      close(connection, cause);
    }
  }

  private void handleConnected() {
    if (byChannel.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    for (Connection connection : byBroker.values()) {
      if (connection.state() == Connection.State.CONNECTING
          && selector.isChannelReady(connection.channel())) {
        connection.asking();
        send(
            connection,
            new Request(
                Api.API_VERSIONS,
                Api.API_VERSIONS.oldest(),
                ApiVersions.request(),
                new Versions(connection)),
            now);
      }
    }
  }

  private record Versions(Connection connection) implements Request.ResponseHandler {
    @Override
    public void answered(Received received) {
      connection.ready(ApiVersions.read(new MessageReader(received.payload())));
    }

    @Override
    public void lost(KafkaException cause) {
      // the connection is closed, nothing else to do
    }
  }

  private void handleDisconnected() {
    if (selector.disconnected().isEmpty()) {
      return;
    }
    new HashMap<>(selector.disconnected())
        .forEach(
            (channel, state) -> {
              Connection connection = byChannel.get(channel);
              if (connection != null) {
                lose(connection, cause(connection, state));
              }
            });
  }

  private KafkaException cause(Connection connection, ChannelState state) {
    AuthenticationException failure = state.exception();
    if (failure != null) {
      if (concernsAll(failure)) {
        refused = failure;
      }
      return failure;
    }
    return connection.state() == Connection.State.CONNECTING
        ? new DisconnectException(
            "can't connect to " + connection.broker() + ": nothing seems to listen there")
        : new ClosedByBrokerException("the connection to " + connection.broker() + " was closed");
  }

  /**
   * Whether the failure concerns all connections. If others are ready, it concerns this broker only
   * or is transient, and that connection is retried after a backoff. The TLS key and trust stores
   * and config providers are read when this object is created, so it must be replaced when they
   * have changed.
   */
  private boolean concernsAll(AuthenticationException failure) {
    boolean none =
        byBroker.values().stream().noneMatch(one -> one.state() == Connection.State.READY);
    return none
        || ((failure instanceof SslAuthenticationException || settings.hasProviders())
            && System.nanoTime() - madeAt > STORES_NANOS);
  }

  private void handleDeadlines() {
    long now = System.nanoTime();
    List<Connection> late = new ArrayList<>(0);
    for (Connection connection : byBroker.values()) {
      if (connection.nanosToDeadline(now) <= 0) {
        late.add(connection);
      }
    }
    for (Connection connection : late) {
      long moved = connection.moved(received(connection), now);
      if (moved < Connection.LEAST_BYTES) {
        close(connection, new DisconnectException(silence(connection, moved)));
      } else if (connection.isFoundSlow()) {
        LOG.warn(
            "the link to {} is slow: bytes move, but one request takes longer than {} ms",
            connection.broker(),
            TimeUnit.NANOSECONDS.toMillis(settings.requestNanos()));
      }
    }
  }

  private String silence(Connection connection, long moved) {
    return connection.state() == Connection.State.CONNECTING
        ? connection.broker() + " did not accept a connection in time"
        : "%s did not answer within %d ms (request.timeout.ms), in which %d bytes moved"
            .formatted(
                connection.broker(), TimeUnit.NANOSECONDS.toMillis(settings.requestNanos()), moved);
  }

  /** The bytes received of the response that is being received. */
  private long received(Connection connection) {
    KafkaChannel channel = selector.channel(connection.channel());
    NetworkReceive receive = channel == null ? null : channel.currentReceive();
    return receive == null ? 0 : receive.bytesRead();
  }

  private void close(Connection connection, KafkaException cause) {
    if (connection.state() != Connection.State.CLOSED) {
      selector.close(connection.channel());
      lose(connection, cause);
    }
  }

  private void lose(Connection connection, KafkaException cause) {
    LOG.debug("no connection to {}", connection.broker(), cause);
    connection.failed(cause.getMessage());
    byChannel.remove(connection.channel());
    closed(connection);
    List<Connection.InFlight> lost = List.copyOf(connection.inFlight());
    connection.inFlight().clear();
    lost.forEach(request -> request.request().handler().lost(cause));
  }

  private void closed(Connection connection) {
    connection.closed(System.nanoTime());
    if (connection.broker().isMember()) {
      losses++;
    }
  }

  /**
   * How many connections to brokers were lost or could not be established. Addresses of {@code
   * bootstrap.servers} don't count: they lead no partitions.
   */
  long losses() {
    return losses;
  }

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. Any thread. */
  public void wakeup() {
    selector.wakeup();
  }

  /** Closes all connections; requests in flight are lost. */
  @Override
  public void close() {
    for (Connection connection : List.copyOf(byBroker.values())) {
      close(connection, new DisconnectException("the client was closed"));
    }
    selector.close();
    metrics.close();
  }
}
