package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A port on 127.0.0.1 that keeps its number for the life of a broker, over stops and restarts.
 *
 * <p>Invariants: from {@link #reserve()} until the first {@link #takeOver()} the port is bound, so
 * no other process can take it in between. Until {@link #close()} no other JVM of this user
 * reserves it, also while its broker is down: each locks the byte of its port's number in one file.
 * Ports are chosen below the ephemeral port range of the operating system; otherwise an outgoing
 * connection could take the port of a stopped broker. Thread-safe.
 */
public final class LoopbackPort implements AutoCloseable {
  private static final int FIRST = 12_000;
  private static final int LAST = 31_999;
  private static final int ATTEMPTS = 500;
  private static final long REBIND_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Opened once and never closed: closing it would release all locks of this process. */
  private static final FileChannel NUMBERS = numbers();

  private final int number;
  private final FileLock lock;
  private @Nullable ServerSocketChannel reserved;

  private LoopbackPort(int number, FileLock lock, ServerSocketChannel reserved) {
    this.number = number;
    this.lock = lock;
    this.reserved = reserved;
  }

  private static FileChannel numbers() {
    Path file =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "twinlog-ports-" + System.getProperty("user.name") + ".lock");
    try {
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException("Opening " + file, e);
    }
  }

  /** Locks a number; empty if this or another JVM has it. */
  private static Optional<FileLock> lock(int number) throws IOException {
    try {
      return Optional.ofNullable(NUMBERS.tryLock(number, 1, false));
    } catch (OverlappingFileLockException e) {
      return Optional.empty();
    }
  }

  /** Binds a free port. */
  public static LoopbackPort reserve() {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int number = ThreadLocalRandom.current().nextInt(FIRST, LAST + 1);
      Optional<LoopbackPort> port = reserve(number);
      if (port.isPresent()) {
        return port.get();
      }
    }
    throw new IllegalStateException("No free port on 127.0.0.1 between " + FIRST + " and " + LAST);
  }

  /** Binds this port; empty if it is reserved, or another program listens there. */
  static Optional<LoopbackPort> reserve(int number) {
    try {
      Optional<FileLock> lock = lock(number);
      if (lock.isPresent()) {
        Optional<ServerSocketChannel> bound = bindIfFree(number);
        if (bound.isPresent()) {
          return Optional.of(new LoopbackPort(number, lock.get(), bound.get()));
        }
        lock.get().release();
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("Binding 127.0.0.1:" + number, e);
    }
  }

  private static Optional<ServerSocketChannel> bindIfFree(int number) throws IOException {
    try {
      return Optional.of(bind(number));
    } catch (BindException taken) {
      return Optional.empty();
    }
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

  /** Gives the port up, so that others may reserve it. Idempotent. */
  @Override
  public synchronized void close() {
    unbind();
    try {
      lock.release();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets a process of the caller bind the port; it stays reserved. */
  public synchronized void unbind() {
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
