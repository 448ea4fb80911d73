package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.ApiVersions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.network.ByteBufferSend;
import org.jspecify.annotations.Nullable;

/**
 * The state of the connection to one broker, which exists also while there is none. Confined to the
 * polling thread.
 */
final class Connection {
  /** A request without a response yet. */
  record InFlight(int correlationId, Request request, long sentAt) {}

  enum State {
    /** Not connected. */
    CLOSED,
    /** Connecting, or authentication is not complete. */
    CONNECTING,
    /** The ApiVersions request is in flight. */
    ASKING,
    READY
  }

  /** How many bytes must move within {@code request.timeout.ms} while a request is in flight. */
  static final int LEAST_BYTES = 256;

  private static final double JITTER = 0.2;

  /** How long connecting may take until another broker is tried as well. */
  private static final long PROMISING_NANOS = Duration.ofSeconds(1).toNanos();

  private final Broker broker;
  private final NetSettings settings;
  private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
  private State state = State.CLOSED;
  private String channel = "";
  private int number;
  private @Nullable ByteBufferSend sending;
  private long sendingSize;
  private long connectDeadline;
  private long promisingUntil;
  private long retryAt;
  private long throttledUntil;
  private int failures;
  private int addressIndex;
  private long leastNanos = Long.MAX_VALUE;
  private long movedAt;
  private long movedBytes;
  private boolean slow;
  private @Nullable ApiVersions versions;
  private @Nullable String failure;

  Connection(Broker broker, NetSettings settings, long now) {
    this.broker = broker;
    this.settings = settings;
    this.retryAt = now;
    this.throttledUntil = now;
  }

  Broker broker() {
    return broker;
  }

  State state() {
    return state;
  }

  String channel() {
    return channel;
  }

  /** Differs for each connection. */
  int number() {
    return number;
  }

  ArrayDeque<InFlight> inFlight() {
    return inFlight;
  }

  @Nullable ApiVersions versions() {
    return versions;
  }

  /** The broker's addresses are used in turn, in case one of them is dead. */
  InetSocketAddress nextAddress() throws UnknownHostException {
    InetAddress[] all = InetAddress.getAllByName(broker.host());
    InetAddress address = all[Math.floorMod(addressIndex++, all.length)];
    return new InetSocketAddress(address, broker.port());
  }

  void connecting(String name, int count, long now) {
    number = count;
    channel = name;
    state = State.CONNECTING;
    connectDeadline = now + patienceNanos();
    promisingUntil = now + PROMISING_NANOS;
    leastNanos = Long.MAX_VALUE;
    moved(now);
    slow = false;
  }

  void asking() {
    state = State.ASKING;
  }

  void ready(ApiVersions spoken) {
    state = State.READY;
    versions = spoken;
    failures = 0;
    failure = null;
    addressIndex--; // this address works: use it first next time
  }

  void sending(ByteBufferSend send) {
    sending = send;
    sendingSize = send.remaining();
  }

  void sent(long now) {
    sending = null;
    moved(now);
  }

  void answered(InFlight request, long now) {
    leastNanos = Math.min(leastNanos, now - request.sentAt());
    moved(now);
  }

  private void moved(long now) {
    movedAt = now;
    movedBytes = 0;
  }

  /**
   * How many bytes have been sent or received since the last call. If at least {@link
   * #LEAST_BYTES}, the broker counts as alive, however long a large request or response takes on a
   * slow link. If less, the connection is to be closed.
   *
   * @param received bytes of the response that is being received
   */
  long moved(long received, long now) {
    ByteBufferSend send = sending;
    long all = received + (send == null ? 0 : sendingSize - send.remaining());
    long more = Math.abs(all - movedBytes); // fewer than before: a new response
    if (more >= LEAST_BYTES) {
      movedBytes = all;
      movedAt = now;
    }
    return more;
  }

  /** Marks the link as slow; returns whether it was not marked before. */
  boolean isFoundSlow() {
    boolean fresh = !slow;
    slow = true;
    return fresh;
  }

  /** The shortest time from a request to its response on this connection. */
  long roundTripNanos() {
    return leastNanos == Long.MAX_VALUE ? 0 : leastNanos;
  }

  void closed(long now) {
    state = State.CLOSED;
    sending = null;
    double pause = settings.reconnectNanos() * Math.pow(2, Math.min(failures, 16)) * jitter();
    retryAt = now + (long) Math.min(pause, settings.reconnectMaxNanos() * jitter());
    failures++;
  }

  /** Sets why the connection was lost or could not be established. */
  void failed(@Nullable String why) {
    failure = why;
  }

  /** Why there has been no connection since the last ready one; null if none failed since. */
  @Nullable String failure() {
    return failure;
  }

  /** How long establishing the next connection may take: longer after each failure. */
  private long patienceNanos() {
    double patience = settings.connectNanos() * Math.pow(2, Math.min(failures, 16)) * jitter();
    return (long) Math.min(patience, settings.connectMaxNanos() * jitter());
  }

  private static double jitter() {
    return 1 - JITTER + 2 * JITTER * ThreadLocalRandom.current().nextDouble();
  }

  boolean mayConnect(long now) {
    return state == State.CLOSED && now - retryAt >= 0;
  }

  /** Whether it is being established, and has not taken long so far. */
  boolean isPromising(long now) {
    return (state == State.CONNECTING || state == State.ASKING) && now - promisingUntil < 0;
  }

  boolean maySend(long now) {
    return state == State.READY && sending == null && now - throttledUntil >= 0;
  }

  void throttle(long untilNanos) {
    throttledUntil = untilNanos;
  }

  boolean isThrottled(long now) {
    return state == State.READY && throttledUntil - now > 0;
  }

  /** How long the broker is still throttled. */
  long throttledNanos(long now) {
    return Math.max(0, throttledUntil - now);
  }

  /**
   * How long until the timeout of the connection or of the oldest request in flight must be
   * checked; {@link Long#MAX_VALUE} if there is none. The timeout of a request begins when the
   * request before it was answered, since a broker handles one after the other, and not before the
   * broker's throttle time ends: until then it reads nothing from the connection (KIP-219).
   */
  long nanosToDeadline(long now) {
    long nanos = Long.MAX_VALUE;
    if (state == State.CONNECTING) {
      nanos = connectDeadline - now;
    }
    InFlight oldest = inFlight.peekFirst();
    if (oldest != null) {
      long since = Math.min(now - oldest.sentAt(), now - movedAt);
      since = Math.min(since, now - throttledUntil);
      nanos = Math.min(nanos, settings.requestNanos() - since);
    }
    return nanos;
  }

  /**
   * How long until the connection may be used again or another broker may be tried; {@link
   * Long#MAX_VALUE} if that doesn't depend on time.
   */
  long nanosToUse(long now) {
    long until =
        switch (state) {
          case CLOSED -> retryAt;
          case CONNECTING, ASKING -> promisingUntil;
          case READY -> throttledUntil;
        };
    return until - now > 0 ? until - now : Long.MAX_VALUE;
  }
}
