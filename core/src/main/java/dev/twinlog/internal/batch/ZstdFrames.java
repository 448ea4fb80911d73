package dev.twinlog.internal.batch;

import com.github.luben.zstd.RecyclingBufferPool;
import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * The codec zstd. A frame with the size of its content is decompressed in one call; Kafka's own
 * producer writes frames without it, which are read as a stream.
 */
final class ZstdFrames {
  /** A larger declared size is not trusted before it was decompressed. */
  private static final int BELIEVED_SIZE = 64 * 1024 * 1024;

  private ZstdFrames() {}

  static void decompress(byte[] from, int at, int size, Scratch into) throws IOException {
    long content = Zstd.getFrameContentSize(from, at, size);
    if (content <= 0 || content > BELIEVED_SIZE || !inOneGo(from, at, size, (int) content, into)) {
      Codec.drain(
          new ZstdInputStreamNoFinalizer(
              Codec.stream(from, at, size), RecyclingBufferPool.INSTANCE),
          into);
    }
  }

  /**
   * False when it isn't one valid frame of that size: the stream accepts several, or reports why
   * not.
   */
  private static boolean inOneGo(byte[] from, int at, int size, int content, Scratch into) {
    into.reserve(content);
    try {
      long written = Zstd.decompressByteArray(into.array(), into.size(), content, from, at, size);
      into.advance((int) written);
      return true;
    } catch (ZstdException e) {
      return false;
    }
  }

  static void compress(byte[] from, int at, int size, OptionalInt level, Scratch into) {
    int bound = (int) Math.min(Zstd.compressBound(size), Integer.MAX_VALUE);
    into.reserve(bound);
    long written =
        Zstd.compressByteArray(
            into.array(),
            into.size(),
            bound,
            from,
            at,
            size,
            level.orElse(Zstd.defaultCompressionLevel()));
    into.advance((int) written);
  }
}
