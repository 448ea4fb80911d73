package dev.twinlog.testkit.internal.net;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One direction of the relay, shared by all pipes in that direction: its delay, its bandwidth, and
 * whether it is frozen.
 *
 * <p>Bandwidth is a token bucket, kept as the time at which the wire will have sent all bytes put
 * on it so far: each byte moves that time forward by its transmission time. It never lags more than
 * {@link #CREDIT_NANOS} behind the clock, which is the size of the bucket, and pipes are not read
 * while it is {@link #AHEAD_NANOS} before the clock, which is the queue in front of the wire. Both
 * are longer than the usual scheduling delay of a thread on a busy machine, so that such a delay
 * costs no bandwidth. Waiting pipes are served in turn.
 *
 * <p>Times are of {@link System#nanoTime()} and compared by their difference. Confined to the
 * relay's thread, except {@link #passed()}.
 */
final class Wire {
  static final long UNLIMITED = Long.MAX_VALUE;

  /** The result of {@link #nanosToWork} when there is nothing to do before a socket is ready. */
  static final long NO_WORK = Long.MAX_VALUE;

  static final long CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  /** The share of the wire's time that a pipe gets in one turn, in seconds; at least one packet. */
  private static final double TURN_SECONDS = 0.002;

  private static final int PACKET = 1460;

  /**
   * How many bytes a pipe may hold without a bandwidth limit: at a delay of 50 ms that is 640 MB/s.
   */
  private static final long LEAST_CAPACITY = 32 * 1024 * 1024;

  private final PriorityQueue<Pipe> underway =
      new PriorityQueue<>((a, b) -> Long.signum(a.scheduledAt() - b.scheduledAt()));
  private final ArrayDeque<Pipe> waiting = new ArrayDeque<>();
  private final LongAdder passed = new LongAdder();
  private long delayNanos;
  private long bytesPerSecond = UNLIMITED;
  private long freeAt;
  private long allowance = Long.MAX_VALUE;
  private boolean frozen;

  Wire(long now) {
    freeAt = now;
  }

  long delayNanos() {
    return delayNanos;
  }

  void delayNanos(long nanos) {
    delayNanos = nanos;
  }

  void bytesPerSecond(long limit, long now) {
    bytesPerSecond = limit;
    freeAt = now;
  }

  boolean isFrozen() {
    return frozen;
  }

  void frozen(boolean freezes) {
    frozen = freezes;
  }

  /** How many bytes may still pass before the link is cut. */
  long allowance() {
    return allowance;
  }

  void allowance(long bytes) {
    allowance = bytes;
  }

  /** How many bytes were delivered. Any thread. */
  long passed() {
    return passed.sum();
  }

  void pass(int bytes) {
    passed.add(bytes);
    if (allowance != Long.MAX_VALUE) {
      allowance -= bytes;
    }
  }

  /** How many bytes a pipe may hold before it is no longer read. */
  long capacity() {
    if (bytesPerSecond == UNLIMITED) {
      return LEAST_CAPACITY;
    }
    double held = bytesPerSecond * ((delayNanos + AHEAD_NANOS) / NANOS_PER_SECOND);
    return Math.max(LEAST_CAPACITY, (long) (2 * held));
  }

  /** The most bytes that a pipe reads in one turn. */
  int turn() {
    return bytesPerSecond == UNLIMITED
        ? Blocks.BYTES
        : (int) Math.max(PACKET, Math.min(Blocks.BYTES, bytesPerSecond * TURN_SECONDS));
  }

  /** Whether a pipe may be read now; if not, {@link #await} queues it for its turn. */
  boolean isFree(long now) {
    return waiting.isEmpty() && hasRoom(now);
  }

  private boolean hasRoom(long now) {
    return bytesPerSecond == UNLIMITED || freeAt - now < AHEAD_NANOS;
  }

  void await(Pipe pipe) {
    waiting.add(pipe);
  }

  /** Puts bytes on the wire; returns when the last of them arrives. */
  long send(long now, int bytes) {
    if (bytesPerSecond == UNLIMITED) {
      return now + delayNanos;
    }
    long takes = (long) Math.ceil(bytes * (NANOS_PER_SECOND / bytesPerSecond));
    freeAt = later(freeAt, now - CREDIT_NANOS) + takes;
    return later(now, freeAt) + delayNanos;
  }

  /** Schedules a pipe to be called when its next bytes are due. */
  void schedule(Pipe pipe) {
    underway.add(pipe);
  }

  /** Calls the pipes whose bytes are due and those whose turn it is. */
  void work(long now) {
    if (frozen) {
      return;
    }
    for (Pipe next = underway.peek();
        next != null && next.scheduledAt() - now <= 0;
        next = underway.peek()) {
      underway.remove().arrive(now);
    }
    if (!waiting.isEmpty() && nanosToRoom(now) <= 0) {
      while (!waiting.isEmpty() && hasRoom(now)) {
        waiting.remove().takeTurn(now);
      }
    }
  }

  /** The nanoseconds until there is something to do. */
  long nanosToWork(long now) {
    if (frozen) {
      return NO_WORK;
    }
    long nanos = NO_WORK;
    Pipe next = underway.peek();
    if (next != null) {
      nanos = next.scheduledAt() - now;
    }
    if (!waiting.isEmpty()) {
      nanos = Math.min(nanos, nanosToRoom(now));
    }
    return Math.max(nanos, 0);
  }

  /**
   * Waits until half of the queue is sent, so that a small bandwidth doesn't cause many wakeups.
   */
  private long nanosToRoom(long now) {
    return bytesPerSecond == UNLIMITED ? 0 : freeAt - now - AHEAD_NANOS / 2;
  }

  static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }
}
