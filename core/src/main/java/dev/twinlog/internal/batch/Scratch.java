package dev.twinlog.internal.batch;

import java.io.OutputStream;
import java.util.Arrays;

/**
 * A byte array that grows as needed and is kept for the next use. A caller that writes to {@link
 * #array()} directly calls {@link #reserve} before and {@link #advance} after it.
 */
final class Scratch extends OutputStream {
  private static final int FIRST_CAPACITY = 1024;

  /** What some JVMs need for an array's header. */
  private static final int GREATEST_CAPACITY = Integer.MAX_VALUE - 8;

  /** More than this is not kept: one huge batch must not keep its memory permanently. */
  private static final int KEPT_CAPACITY = 4 * 1024 * 1024;

  private byte[] array = new byte[0];
  private int size;

  byte[] array() {
    return array;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
    if (array.length > KEPT_CAPACITY) {
      array = new byte[0];
    }
  }

  /** Discards the bytes after the given size. */
  void truncate(int to) {
    size = to;
  }

  /** Makes room for so many further bytes; {@link #array()} may return another array afterwards. */
  void reserve(int more) {
    long needed = (long) size + more;
    if (needed <= array.length) {
      return;
    }
    if (needed > GREATEST_CAPACITY) {
      throw new MalformedBatchException("its records take more than 2 GiB");
    }
    long doubled = Math.max(2L * array.length, FIRST_CAPACITY);
    array = Arrays.copyOf(array, (int) Math.min(Math.max(doubled, needed), GREATEST_CAPACITY));
  }

  /** Counts so many bytes, for which there is room, as written. */
  void advance(int written) {
    size += written;
  }

  @Override
  public void write(int b) {
    reserve(1);
    array[size++] = (byte) b;
  }

  @Override
  public void write(byte[] from, int at, int count) {
    reserve(count);
    System.arraycopy(from, at, array, size, count);
    size += count;
  }

  /** Writes a zigzag varint; for an int the same bytes as for the long of the same value. */
  void writeVarlong(long value) {
    reserve(Varints.GREATEST_SIZE);
    long raw = Varints.zigzag(value);
    int at = size;
    while ((raw & ~0x7fL) != 0) {
      array[at++] = (byte) (raw | 0x80);
      raw >>>= 7;
    }
    array[at++] = (byte) raw;
    size = at;
  }
}
