package dev.twinlog.testkit.internal.net;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * A pool of direct buffers that pipes share. It keeps as many as were ever in use at once and hands
 * out the last used one first, since it is still in the processor's cache. Confined to the relay's
 * thread.
 */
final class Blocks {
  static final int BYTES = 128 * 1024;

  private final ArrayDeque<Block> free = new ArrayDeque<>();

  Block take() {
    Block block = free.pollLast();
    return block != null ? block : new Block(ByteBuffer.allocateDirect(BYTES));
  }

  void giveBack(Block block) {
    block.clear();
    free.addLast(block);
  }

  /** A buffer with bytes in the order of their arrival: {@code [read, filled)}. */
  static final class Block {
    private final ByteBuffer buffer;
    private int read;
    private int filled;

    private Block(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    int room() {
      return BYTES - filled;
    }

    int size() {
      return filled - read;
    }

    /** The buffer to read into; call {@link #filled} with the number of bytes. */
    ByteBuffer forFilling(int atMost) {
      return buffer.limit(filled + Math.min(atMost, room())).position(filled);
    }

    void filled(int bytes) {
      filled += bytes;
    }

    /** The buffer to write from; call {@link #emptied} with the number of bytes. */
    ByteBuffer forEmptying(int bytes) {
      return buffer.limit(read + bytes).position(read);
    }

    void emptied(int bytes) {
      read += bytes;
    }

    private void clear() {
      read = 0;
      filled = 0;
    }
  }
}
