package dev.twinlog.testkit.internal.net;

import dev.twinlog.testkit.internal.net.Blocks.Block;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * One direction of one connection: reads from one socket, keeps the bytes until the wire's delay
 * has passed, and writes them to the other one.
 *
 * <p>Invariants: {@code passed ≤ arrived ≤ taken}, all counted from the beginning of the stream;
 * the blocks hold exactly the bytes {@code [passed, taken)}; a scheduled pipe has bytes in flight.
 * A pipe whose reader doesn't take what has arrived is not read either, so it holds the bytes that
 * were in flight at that moment and no more. Confined to the relay's thread.
 */
final class Pipe {
  private final Wire wire;
  private final Blocks pool;
  private final SocketChannel from;
  private final SocketChannel to;
  private final BooleanSupplier frozen;
  private final long opensAt;
  private final Runnable onProgress;
  private final ArrayDeque<Block> blocks = new ArrayDeque<>();
  private final ArrayDeque<Underway> underway = new ArrayDeque<>();
  private long taken;
  private long arrived;
  private long passed;
  private long lastAt;
  private long scheduledAt;
  private boolean scheduled;
  private boolean waiting;
  private boolean stuck;
  private boolean ended;
  private boolean reset;
  private boolean done;

  /**
   * @param opensAt when the connection is established after the wire's delay: bytes read before
   *     wait for it
   * @param onProgress called after progress that the wire caused, not a socket
   */
  Pipe(Wire wire, Blocks pool, Ends ends, long opensAt, Runnable onProgress) {
    this.wire = wire;
    this.pool = pool;
    this.from = ends.from();
    this.to = ends.to();
    this.frozen = ends.frozen();
    this.opensAt = opensAt;
    this.lastAt = opensAt;
    this.onProgress = onProgress;
  }

  long scheduledAt() {
    return scheduledAt;
  }

  boolean wantsToRead() {
    return !ended && !done && !waiting && !stuck && !isFrozen() && taken - passed < wire.capacity();
  }

  boolean wantsToWrite() {
    return stuck && !isFrozen();
  }

  private boolean isFrozen() {
    return wire.isFrozen() || frozen.getAsBoolean();
  }

  /** Whether it passes nothing any more. */
  boolean isDone() {
    return done;
  }

  /** Whether it ended by a reset, which is passed on as one. */
  boolean isReset() {
    return done && reset;
  }

  void readable(long now) {
    if (!wantsToRead()) {
      return;
    }
    if (wire.isFree(now)) {
      read(now);
    } else {
      waiting = true;
      wire.await(this);
    }
  }

  /** Called when the wire has room for this pipe again. */
  void takeTurn(long now) {
    waiting = false;
    if (wantsToRead()) {
      read(now);
    }
    onProgress.run();
  }

  void writable() {
    stuck = false;
    write();
  }

  /** Called at the time for which this pipe was scheduled. */
  void arrive(long now) {
    scheduled = false;
    proceed(now);
    onProgress.run();
  }

  /** Writes the bytes whose delay has passed, for example after a freeze. */
  void proceed(long now) {
    for (Underway next = underway.peek();
        next != null && next.at() - now <= 0;
        next = underway.peek()) {
      arrived = next.upTo();
      underway.remove();
    }
    schedule();
    write();
  }

  /** Drops all bytes; nothing passes any more. */
  void drop() {
    done = true;
    underway.clear();
    blocks.forEach(pool::giveBack);
    blocks.clear();
  }

  private void read(long now) {
    int count = readInto(tail());
    giveBackIfEmpty();
    if (count == 0) {
      return;
    }
    ended = count < 0;
    taken += Math.max(count, 0);
    // Never before earlier bytes, even if the round trip has been reduced since.
    lastAt = Wire.later(lastAt, Wire.later(wire.send(now, Math.max(count, 0)), openingNanos()));
    if (lastAt - now <= 0 && underway.isEmpty()) {
      arrived = taken;
    } else {
      underway.add(new Underway(taken, lastAt));
      schedule();
    }
    write();
  }

  private long openingNanos() {
    return opensAt + wire.delayNanos();
  }

  private Block tail() {
    Block tail = blocks.peekLast();
    if (tail == null || tail.room() == 0) {
      tail = pool.take();
      blocks.addLast(tail);
    }
    return tail;
  }

  private int readInto(Block block) {
    try {
      int count = from.read(block.forFilling(wire.turn()));
      block.filled(Math.max(count, 0));
      return count;
    } catch (IOException e) {
      reset = true;
      return -1;
    }
  }

  private void schedule() {
    Underway next = underway.peek();
    if (next != null && !scheduled) {
      scheduled = true;
      scheduledAt = next.at();
      wire.schedule(this);
    }
  }

  private void write() {
    if (done || stuck || isFrozen()) {
      return;
    }
    try {
      while (passed < arrived && wire.allowance() > 0 && !stuck) {
        writeFrom(blocks.element());
        giveBackIfEmpty();
      }
      if (ended && passed == taken && underway.isEmpty()) {
        done = true;
        if (!reset) {
          to.shutdownOutput();
        }
      }
    } catch (IOException e) {
      // The receiver has closed its end. What it sent before must still be delivered in the other
      // direction, so the connection ends when the other pipe does.
      drop();
    }
  }

  private void writeFrom(Block head) throws IOException {
    int bytes = (int) Math.min(Math.min(head.size(), arrived - passed), wire.allowance());
    int count = to.write(head.forEmptying(bytes));
    head.emptied(count);
    passed += count;
    wire.pass(count);
    stuck = count < bytes;
  }

  private void giveBackIfEmpty() {
    Block head = blocks.peek();
    if (head != null && head.size() == 0) {
      pool.giveBack(blocks.remove());
    }
  }

  /**
   * A range of bytes in flight: those up to {@code upTo} arrive at the time {@code at}, or else the
   * end of the stream does.
   */
  private record Underway(long upTo, long at) {}

  /**
   * The sockets to read from and to write to, and whether this destination is frozen in this
   * direction.
   */
  record Ends(SocketChannel from, SocketChannel to, BooleanSupplier frozen) {}
}
