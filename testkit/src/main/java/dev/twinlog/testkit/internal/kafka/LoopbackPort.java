package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A port on 127.0.0.1 that keeps its number for the life of a broker, over stops and restarts.
 *
 * <p>Invariant: from {@link #reserve()} until the first {@link #takeOver()} the port is bound, so
 * no other process can take it in between. Ports are chosen below the ephemeral port range of the
 * operating system; otherwise an outgoing connection could take the port of a stopped broker.
 * Thread-safe.
 */
public final class LoopbackPort implements AutoCloseable {
  private static final int FIRST = 12_000;
  private static final int LAST = 31_999;
  private static final int ATTEMPTS = 500;
  private static final long REBIND_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final int number;
  private @Nullable ServerSocketChannel reserved;

  private LoopbackPort(int number, ServerSocketChannel reserved) {
    this.number = number;
    this.reserved = reserved;
  }

  /** Binds a free port. */
  public static LoopbackPort reserve() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int number = ThreadLocalRandom.current().nextInt(FIRST, LAST + 1);
      try {
        return new LoopbackPort(number, bind(number));
      } catch (BindException taken) {
        // try another one
      } catch (IOException e) {
        throw new UncheckedIOException("Binding 127.0.0.1:" + number, e);
      }
    }
    throw new IllegalStateException("No free port on 127.0.0.1 between " + FIRST + " and " + LAST);
  }

  public int number() {
    return number;
  }

  public String address() {
    return "127.0.0.1:" + number;
  }

  public InetSocketAddress socketAddress() {
    return new InetSocketAddress(loopback(), number);
  }

  /** Hands over the reserved socket, or binds the port again after a stop. */
  public synchronized ServerSocketChannel takeOver() throws IOException {
    if (reserved != null) {
      ServerSocketChannel channel = reserved;
      reserved = null;
      return channel;
    }
    long deadline = System.nanoTime() + REBIND_NANOS;
    while (true) {
      try {
        return bind(number);
      } catch (BindException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /** Releases the port, so that another process may bind it. */
  @Override
  public synchronized void close() {
    if (reserved != null) {
      try {
        reserved.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        reserved = null;
      }
    }
  }

  private static ServerSocketChannel bind(int number) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.bind(new InetSocketAddress(loopback(), number));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static InetAddress loopback() {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }
}
