package dev.twinlog.internal.offsets;

/**
 * Packs up to 32 segments into a byte array: the count of the first, then for each other one the
 * gap before it in the source, the gap before it in the target, and its count. The first offsets
 * are stored elsewhere. An empty array stands for an unmapped range.
 */
final class Segments {
  /** The maximum number of segments in a block. */
  static final int MOST = 32;

  static final byte[] NONE = {};
  static final long NOT_FOUND = -1;

  private Segments() {}

  static byte[] pack(Tail tail, int size) {
    Varints.Writer out = new Varints.Writer().put(tail.count(0));
    for (int i = 1; i < size; i++) {
      out.put(tail.first(Axis.SOURCE, i) - tail.next(Axis.SOURCE, i - 1))
          .put(tail.first(Axis.TARGET, i) - tail.next(Axis.TARGET, i - 1))
          .put(tail.count(i));
    }
    return out.toByteArray();
  }

  /**
   * Finds the offset, on the other side, of the first record at or after {@code at}.
   *
   * @param axis the side of {@code at}
   * @param key the first offset of the block on that side, at most {@code at}
   * @param value the first offset of the block on the other side
   * @return {@link #NOT_FOUND} if {@code at} is after the last segment
   */
  static long find(byte[] packed, Axis axis, long key, long value, long at) {
    Varints.Reader in = new Varints.Reader(packed);
    long from = key;
    long other = value;
    long count = in.next();
    while (at >= from + count) {
      if (!in.hasNext()) {
        return NOT_FOUND;
      }
      long sourceHole = in.next();
      long targetHole = in.next();
      from += count + (axis == Axis.SOURCE ? sourceHole : targetHole);
      other += count + (axis == Axis.SOURCE ? targetHole : sourceHole);
      count = in.next();
    }
    return at <= from ? other : other + (at - from);
  }

  /**
   * Unpacks segments.
   *
   * @throws IllegalArgumentException if the bytes are not packed segments
   */
  static Tail unpack(byte[] packed, long source, long target) {
    Tail tail = new Tail(MOST);
    Varints.Reader in = new Varints.Reader(packed);
    long from = source;
    long to = target;
    try {
      while (true) {
        long count = in.next();
        if (count == 0 || tail.size() == MOST) {
          throw new IllegalArgumentException(
              count == 0 ? "a segment is empty" : "there are more than " + MOST + " segments");
        }
        tail.add(from, to, count);
        from = Math.addExact(from, count);
        to = Math.addExact(to, count);
        if (!in.hasNext()) {
          return tail;
        }
        from = Math.addExact(from, in.next());
        to = Math.addExact(to, in.next());
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("an offset is too large", e);
    }
  }
}
