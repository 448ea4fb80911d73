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

/** The connection to one broker, whether it is there or not. Confined to the polling thread. */
final class Connection {
  /** A request without an answer yet. */
  record InFlight(int correlationId, Request request, long sentAt) {}

  enum State {
    /** There is none. */
    CLOSED,
    /** It is being made, or the broker has yet to accept who we are. */
    CONNECTING,
    /** The broker was asked which versions it speaks. */
    ASKING,
    READY
  }

  /** What must move within {@code request.timeout.ms} while something is under way. */
  static final int LEAST_BYTES = 256;

  private static final double JITTER = 0.2;

  /** How long a connection may take until another broker is tried as well. */
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

  /** Another one each time that it is made. */
  int number() {
    return number;
  }

  ArrayDeque<InFlight> inFlight() {
    return inFlight;
  }

  @Nullable ApiVersions versions() {
    return versions;
  }

  /** The broker's addresses take turns, in case one of them is dead. */
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
    addressIndex--; // this address works: it is the first one next time
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
   * How many bytes have moved, one way or the other, since this was asked last. Where that are at
   * least {@link #LEAST_BYTES}, the broker has not fallen silent, however long a large request or
   * answer takes on a slow link. Less is no link to copy over, and no broker to wait for.
   *
   * @param received of the answer that is coming in
   */
  long moved(long received, long now) {
    ByteBufferSend send = sending;
    long all = received + (send == null ? 0 : sendingSize - send.remaining());
    long more = Math.abs(all - movedBytes); // less than before: of the next answer
    if (more >= LEAST_BYTES) {
      movedBytes = all;
      movedAt = now;
    }
    return more;
  }

  /** Notes that the link is slow; whether that is new. */
  boolean isFoundSlow() {
    boolean fresh = !slow;
    slow = true;
    return fresh;
  }

  /** The least time from a request to its answer on this connection: the way there and back. */
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

  /** Why it was lost, or did not come about. */
  void failed(@Nullable String why) {
    failure = why;
  }

  /** Why there has been none since the last one that was ready; null if there is no such thing. */
  @Nullable String failure() {
    return failure;
  }

  /** How long the next connection may take to come about: longer after each failure. */
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

  /** Whether it is being made, and has not taken long so far. */
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

  /** How long the broker still wants to be left alone. */
  long throttledNanos(long now) {
    return Math.max(0, throttledUntil - now);
  }

  /**
   * How long until it is to be asked whether the broker has fallen silent; {@link Long#MAX_VALUE}
   * if it owes nothing. A request counts from when the one before it was answered: a broker does
   * one after the other. And from when the broker's throttle ends: until then it reads nothing from
   * the connection (KIP-219), so that what is under way waits there unread.
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

  /** How long until it may be used again, or another one be tried; only if time is in the way. */
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
