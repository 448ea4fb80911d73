package dev.twinlog.internal.offsets;

import dev.twinlog.internal.offsets.MapState.End;
import dev.twinlog.internal.progress.StoredForm;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the stored form of a route's map: chunks that begin with a version byte, all
 * numbers as {@link Varints}. An <em>entry</em> is a block or an unmapped range: its first offsets,
 * as the distance to the entry before it in the chunk, and its {@link Segments} after their length.
 *
 * <pre>
 * number 0, open    1 | flags | begin source, target + 1 | reached + 1 | end source, target | checkpoint
 *                     | first block | full chunks | coarse ranges | entries, their number before | tail, 0 or 1 before
 *                     | target end, optional
 * number 1, coarse  1 | first offsets of the coarse ranges
 * number n, body    1 | the 8 entries from block 8 (n - 2) on
 * </pre>
 *
 * <p>A body never changes; the open chunk is small and is stored again after every change of the
 * map. Bytes after the last field of a chunk belong to a newer version and are skipped, see {@link
 * StoredForm}. Stateless.
 */
final class MapCodec {
  private static final byte VERSION = 1;
  private static final long OPEN = 0;
  private static final long COARSE = 1;
  private static final long FIRST_BODY = 2;
  private static final int ORIGIN = 1;
  private static final int END_KNOWN = 2;
  private static final int LONGEST = 1 << 20;

  private MapCodec() {}

  /** The number of the chunk that holds this block. */
  static long chunkOf(long block) {
    return FIRST_BODY + block / Blocks.CHUNK;
  }

  static MapChunk open(Route route, MapState state, long targetEnd, long checkpoint) {
    Bounds bounds = state.bounds();
    End end = state.end();
    Blocks blocks = state.blocks();
    Blocks.Range range = blocks.range();
    int full = blocks.chunks();
    Varints.Writer out =
        new Varints.Writer()
            .put(VERSION)
            .put((bounds.origin() ? ORIGIN : 0) | (end.known() ? END_KNOWN : 0))
            .put(bounds.source())
            .put(bounds.target() + 1)
            .put(bounds.reached() + 1)
            .put(end.source())
            .put(end.target())
            .put(checkpoint)
            .put(range.first())
            .put(full)
            .put(range.coarse());
    int from = range.coarse() + full * Blocks.CHUNK;
    out.put(range.size() - from);
    putEntries(out, blocks, from, range.size());
    Tail tail = state.tail();
    int size = tail.size();
    out.put(size > 0 ? 1 : 0);
    if (size > 0) {
      byte[] packed = Segments.pack(tail, size);
      out.put(tail.first(Axis.SOURCE, 0)).put(tail.first(Axis.TARGET, 0));
      out.put(packed.length).putBytes(packed);
    }
    if (targetEnd > state.reached()) {
      out.put(targetEnd); // optional: a reader without it translates fewer offsets
    }
    return new MapChunk(route, OPEN, out.toByteArray());
  }

  static MapChunk coarse(Route route, MapState state) {
    Blocks blocks = state.blocks();
    int coarse = blocks.range().coarse();
    if (coarse == 0) {
      return MapChunk.removed(route, COARSE);
    }
    Varints.Writer out = new Varints.Writer().put(VERSION);
    long source = 0;
    long target = 0;
    for (int i = 0; i < coarse; i++) {
      out.put(blocks.first(Axis.SOURCE, i) - source).put(blocks.first(Axis.TARGET, i) - target);
      source = blocks.first(Axis.SOURCE, i);
      target = blocks.first(Axis.TARGET, i);
    }
    return new MapChunk(route, COARSE, out.toByteArray());
  }

  /** Encodes the chunk that begins with this block. */
  static MapChunk body(Route route, MapState state, long block) {
    Blocks.Range range = state.blocks().range();
    int from = range.coarse() + (int) (block - range.first());
    Varints.Writer out = new Varints.Writer().put(VERSION);
    putEntries(out, state.blocks(), from, from + Blocks.CHUNK);
    return new MapChunk(route, chunkOf(block), out.toByteArray());
  }

  private static void putEntries(Varints.Writer out, Blocks blocks, int from, int to) {
    long source = 0;
    long target = 0;
    for (int i = from; i < to; i++) {
      byte[] packed = blocks.packed(i);
      out.put(blocks.first(Axis.SOURCE, i) - source)
          .put(blocks.first(Axis.TARGET, i) - target)
          .put(packed.length)
          .putBytes(packed);
      source = blocks.first(Axis.SOURCE, i);
      target = blocks.first(Axis.TARGET, i);
    }
  }

  /**
   * Decodes a route's chunks.
   *
   * @throws LinkFailedException if one is missing, damaged or of an unknown version
   */
  static RouteMap load(Route route, Map<Long, byte[]> chunks) {
    Map<Long, byte[]> rest = new TreeMap<>(chunks);
    Loading loading = new Loading();
    try {
      Varints.Reader in = reader(route, rest.remove(OPEN), "its first chunk");
      OpenHead head = OpenHead.read(in);
      if (head.coarse > 0) {
        loading.coarse(reader(route, rest.remove(COARSE), "its coarse chunk"), head.coarse);
      }
      for (int i = 0; i < head.full; i++) {
        long number = chunkOf(head.first) + i;
        Varints.Reader body = reader(route, rest.remove(number), "chunk " + number);
        loading.entries(body, Blocks.CHUNK);
      }
      MapState state = loading.open(in, head);
      long targetEnd = targetEnd(in, state);
      if (!rest.isEmpty()) {
        throw new IllegalArgumentException("chunks are left over: " + rest.keySet());
      }
      return new RouteMap(
          route,
          state,
          targetEnd,
          ChangedChunks.loaded(head.first + (long) head.full * Blocks.CHUNK));
    } catch (IllegalArgumentException e) {
      throw damaged(route, String.valueOf(e.getMessage()), e);
    } catch (ArrayIndexOutOfBoundsException e) {
      throw damaged(route, "a chunk ends in the middle of a field", e);
    }
  }

  /** Reads an optional field; 0 if it is absent or has no information. */
  private static long targetEnd(Varints.Reader in, MapState state) {
    long end = in.hasNext() ? in.next() : 0;
    return end > state.reached() ? end : 0;
  }

  private static LinkFailedException damaged(Route route, String how, RuntimeException cause) {
    return new LinkFailedException(
        "the stored offset map of %s is damaged: %s; stop the link, delete its state topic, and rebuild the state from the two logs with KafkaLinks.rebuild"
            .formatted(route, how),
        cause);
  }

  private static Varints.Reader reader(Route route, byte @Nullable [] chunk, String what) {
    if (chunk == null || chunk.length == 0) {
      throw new IllegalArgumentException(what + " is missing");
    }
    StoredForm.checkVersion("the stored offset map of " + route, chunk, 0, VERSION);
    Varints.Reader in = new Varints.Reader(chunk);
    in.next();
    return in;
  }

  /** The fields of the open chunk before its entries. */
  private record OpenHead(
      Bounds bounds, End end, AtomicLong checkpoint, long first, int full, int coarse, int open) {

    static OpenHead read(Varints.Reader in) {
      int flags = in.nextInt(ORIGIN | END_KNOWN);
      Bounds bounds = new Bounds(in.next(), in.next() - 1, (flags & ORIGIN) != 0, in.next() - 1);
      End end = new End(in.next(), in.next(), (flags & END_KNOWN) != 0);
      AtomicLong checkpoint = new AtomicLong(in.next());
      long first = in.next();
      if (first % Blocks.CHUNK != 0) {
        throw new IllegalArgumentException("its first block is " + first);
      }
      int full = in.nextInt(Integer.MAX_VALUE / Blocks.CHUNK);
      int coarse = in.nextInt(LONGEST);
      return new OpenHead(
          bounds, end, checkpoint, first, full, coarse, in.nextInt(Blocks.CHUNK - 1));
    }
  }

  /** Collects entries as they are read, and checks each against the one before. */
  private static final class Loading {
    private final List<long[]> begins = new ArrayList<>();
    private final List<byte[]> packed = new ArrayList<>();
    private long lastSource = -1;
    private long source;
    private long target;

    void coarse(Varints.Reader in, int count) {
      long atSource = 0;
      long atTarget = 0;
      for (int i = 0; i < count; i++) {
        atSource = plus(atSource, in.next());
        atTarget = plus(atTarget, in.next());
        entry(atSource, atTarget, Segments.NONE);
      }
    }

    void entries(Varints.Reader in, int count) {
      long atSource = 0;
      long atTarget = 0;
      for (int i = 0; i < count; i++) {
        atSource = plus(atSource, in.next());
        atTarget = plus(atTarget, in.next());
        entry(atSource, atTarget, in.nextBytes(in.nextInt(LONGEST)));
      }
    }

    private void entry(long atSource, long atTarget, byte[] segments) {
      if (atSource < source || atSource == lastSource || atTarget < target) {
        throw new IllegalArgumentException(
            "source %d, target %d follow source %d, target %d"
                .formatted(atSource, atTarget, source, target));
      }
      begins.add(new long[] {atSource, atTarget});
      packed.add(segments.length == 0 ? Segments.NONE : segments);
      lastSource = atSource;
      source = atSource;
      target = atTarget;
      if (segments.length > 0) {
        Tail unpacked = Segments.unpack(segments, atSource, atTarget);
        source = unpacked.next(Axis.SOURCE, unpacked.size() - 1);
        target = unpacked.next(Axis.TARGET, unpacked.size() - 1);
      }
    }

    MapState open(Varints.Reader in, OpenHead head) {
      entries(in, head.open);
      End end = head.end;
      if (end.source() < source || end.target() < target) {
        throw new IllegalArgumentException(
            "its blocks end at source %d, target %d, but should end at %s"
                .formatted(source, target, end));
      }
      Tail tail = new Tail(4);
      if (in.nextInt(1) == 1) {
        long first = in.next();
        long firstTarget = in.next();
        if (first < end.source() || firstTarget < end.target()) {
          throw new IllegalArgumentException("its last segments begin before " + end);
        }
        tail = Segments.unpack(in.nextBytes(in.nextInt(LONGEST)), first, firstTarget);
      }
      return new MapState(head.bounds, blocks(head), end, tail, head.checkpoint);
    }

    private Blocks blocks(OpenHead head) {
      int size = begins.size();
      return new Blocks(
          begins.stream().mapToLong(begin -> begin[0]).toArray(),
          begins.stream().mapToLong(begin -> begin[1]).toArray(),
          packed.toArray(byte[][]::new),
          new Blocks.Range(size, head.coarse, head.first));
    }

    private static long plus(long at, long more) {
      try {
        return Math.addExact(at, more);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("an offset is too large", e);
      }
    }
  }
}
