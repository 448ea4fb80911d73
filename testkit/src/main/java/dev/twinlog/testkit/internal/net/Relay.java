package dev.twinlog.testkit.internal.net;

import dev.twinlog.testkit.internal.kafka.LoopbackPort;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP relay on the loopback interface: one thread and one selector, however many connections.
 *
 * <p>The public methods may be called from any thread and return when the relay's thread has
 * executed them. All state is confined to that thread. It waits in the selector until a socket is
 * ready, bytes of a wire are due, or a method is called; the selector counts milliseconds, so bytes
 * are up to a millisecond late and never early.
 */
public final class Relay implements AutoCloseable {
  private static final long CLOSE_MILLIS = TimeUnit.SECONDS.toMillis(5);

  private final Selector selector;
  private final Wire toCluster = new Wire(System.nanoTime());
  private final Wire fromCluster = new Wire(System.nanoTime());
  private final Line line = new Line(toCluster, fromCluster, new Blocks());
  private final Mailbox calls = new Mailbox();
  private final RandomDrops drops;
  private final List<ListeningPort> listeners = new ArrayList<>();
  private final Set<Connection> connections = new LinkedHashSet<>();
  private final Thread thread;
  private volatile boolean stopping;
  private volatile int connected;
  private volatile boolean cut;

  private Relay(Selector selector, long seed) {
    this.selector = selector;
    this.drops = new RandomDrops(seed);
    this.thread = new Thread(this::run, "twinlog-netlink");
    thread.setDaemon(true);
  }

  /**
   * Starts a relay without delay and without a bandwidth limit.
   *
   * @param seed decides when and which connections are dropped at random
   */
  public static Relay start(long seed) {
    try {
      Relay relay = new Relay(Selector.open(), seed);
      relay.thread.start();
      return relay;
    } catch (IOException e) {
      throw new UncheckedIOException("Opening a selector", e);
    }
  }

  /** Opens a port whose connections are relayed to that destination. */
  public InetSocketAddress forward(InetSocketAddress destination) {
    LoopbackPort port = LoopbackPort.reserve();
    try {
      call(
          () -> {
            ListeningPort listener =
                new ListeningPort(port, (self, client) -> accept(self, client, destination));
            if (!cut) {
              listener.open(selector);
            }
            listeners.add(listener);
          });
    } catch (RuntimeException e) {
      port.close();
      throw e;
    }
    return port.socketAddress();
  }

  /**
   * Sets the round trip time, half of it in each direction, for bytes that are read from now on.
   */
  public void roundTrip(Duration roundTrip) {
    long nanos = roundTrip.toNanos();
    call(
        () -> {
          toCluster.delayNanos(nanos / 2);
          fromCluster.delayNanos(nanos - nanos / 2);
        });
  }

  /** Sets the bandwidth of each direction, shared by all connections. */
  public void bytesPerSecond(long limit) {
    call(
        () -> {
          toCluster.bytesPerSecond(limit, System.nanoTime());
          fromCluster.bytesPerSecond(limit, System.nanoTime());
        });
  }

  /** Breaks all connections and refuses new ones. */
  public void cut() {
    call(this::cutNow);
  }

  /** As {@link #cut}, but only after this many more bytes in that direction. */
  public void cutAfter(boolean towardsCluster, long bytes) {
    call(() -> wire(towardsCluster).allowance(bytes));
  }

  /** Breaks the connections to that entry and refuses new ones. */
  public void cut(InetSocketAddress entry) {
    call(
        () -> {
          ListeningPort listener = listener(entry);
          listener.cut();
          drop(connections.stream().filter(each -> each.listener() == listener).toList());
        });
  }

  /** Passes no bytes in that direction, and keeps all connections open. */
  public void freeze(boolean towardsCluster) {
    call(() -> wire(towardsCluster).frozen(true));
  }

  /** The same for the connections to that entry. */
  public void freeze(InetSocketAddress entry, boolean towardsCluster) {
    call(() -> listener(entry).freeze(towardsCluster));
  }

  /** Ends the cut and freeze of that entry. */
  public void heal(InetSocketAddress entry) {
    call(
        () -> {
          ListeningPort listener = listener(entry);
          listener.heal();
          if (!cut) {
            listener.open(selector);
          }
        });
  }

  private ListeningPort listener(InetSocketAddress entry) {
    return listeners.stream()
        .filter(listener -> listener.address().equals(entry))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("nothing is forwarded from " + entry));
  }

  /** Ends cuts, freezes and random drops, including those of single destinations. */
  public void heal() {
    call(
        () -> {
          drops.every(Duration.ZERO, System.nanoTime());
          for (Wire wire : List.of(toCluster, fromCluster)) {
            wire.allowance(Wire.UNLIMITED);
            wire.frozen(false);
          }
          listeners.forEach(ListeningPort::heal);
          listeners.forEach(listener -> listener.open(selector));
          cut = false;
        });
  }

  /** Breaks all connections. */
  public void dropConnections() {
    call(this::dropNow);
  }

  /** Breaks one connection after the other at this mean interval; none if it is zero. */
  public void dropEvery(Duration mean) {
    call(() -> drops.every(mean, System.nanoTime()));
  }

  public boolean isCut() {
    return cut;
  }

  public int connections() {
    return connected;
  }

  /** How many bytes were delivered in that direction. */
  public long passed(boolean towardsCluster) {
    return wire(towardsCluster).passed();
  }

  /** Breaks all connections and ends the thread. Idempotent. */
  @Override
  public void close() {
    stopping = true;
    calls.wake(selector);
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Wire wire(boolean towardsCluster) {
    return towardsCluster ? toCluster : fromCluster;
  }

  private void call(Runnable action) {
    Mailbox.await(calls.post(action, selector));
  }

  private void run() {
    @Nullable Throwable failure = null;
    try {
      while (!stopping) {
        select();
        if (calls.run()) {
          proceed();
        }
        long now = System.nanoTime();
        toCluster.work(now);
        fromCluster.work(now);
        drops.next(now, connections).ifPresent(Connection::drop);
        if (toCluster.allowance() <= 0 || fromCluster.allowance() <= 0) {
          cutNow();
        }
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    } finally {
      calls.end(failure);
      listeners.forEach(ListeningPort::close);
      List.copyOf(connections).forEach(Connection::drop);
      closeQuietly(selector);
    }
  }

  private void select() throws IOException {
    long now = System.nanoTime();
    long nanos = Math.min(toCluster.nanosToWork(now), fromCluster.nanosToWork(now));
    nanos = Math.min(nanos, drops.nanosToNext(now));
    // A cut selects as well, and that takes the wakeup of a call that was posted before it.
    if (nanos <= 0 || !calls.isEmpty()) {
      selector.selectNow(this::ready);
    } else if (nanos == Wire.NO_WORK) {
      selector.select(this::ready);
    } else {
      long millis = TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1;
      selector.select(this::ready, millis);
    }
  }

  private void ready(SelectionKey key) {
    // Handling an earlier key may have closed this one.
    if (!key.isValid()) {
      return;
    }
    try {
      ((Ready) key.attachment()).ready(key, System.nanoTime());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ListeningPort listener, SocketChannel client, InetSocketAddress destination) {
    try {
      Connection.open(
          new Connection.Setting(selector, line, listener, this::opened, this::closed),
          client,
          destination);
    } catch (IOException e) {
      throw new UncheckedIOException("Relaying to " + destination, e);
    }
  }

  private void opened(Connection connection) {
    connections.add(connection);
    connected = connections.size();
  }

  private void closed(Connection connection) {
    connections.remove(connection);
    connected = connections.size();
  }

  /**
   * Continues all connections after a call, which may have ended a freeze or raised the bandwidth.
   */
  private void proceed() {
    long now = System.nanoTime();
    List.copyOf(connections).forEach(connection -> connection.proceed(now));
  }

  private void cutNow() {
    cut = true;
    toCluster.allowance(Wire.UNLIMITED);
    fromCluster.allowance(Wire.UNLIMITED);
    listeners.forEach(ListeningPort::shut);
    dropNow();
  }

  private void dropNow() {
    drop(List.copyOf(connections));
  }

  private void drop(List<Connection> some) {
    some.forEach(Connection::drop);
    try {
      // Closed sockets are released only by another select.
      selector.selectNow(this::ready);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      // It is closed in any case.
    }
  }

  /** The attachment of a selector key. */
  interface Ready {
    void ready(SelectionKey key, long now) throws IOException;
  }
}
