package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.zip.Deflater;

/**
 * A codec with a level.
 *
 * @param codec the codec
 * @param level as in Kafka's topic configs (KIP-390): 1 to 9 for gzip, and −1 for its default, 1 to
 *     17 for lz4, of which 9 is its default and the only fast one, −131072 to 22 for zstd; empty
 *     for the codec's default
 */
public record Compression(Codec codec, OptionalInt level) {
  public static final Compression NONE = of(Codec.NONE);

  /** Checks the level. */
  public Compression {
    Objects.requireNonNull(codec, "codec");
    level.ifPresent(given -> requireKnown(codec, given));
  }

  /** The codec at its default level. */
  public static Compression of(Codec codec) {
    return new Compression(codec, OptionalInt.empty());
  }

  /** The codec at this level. */
  public static Compression of(Codec codec, int level) {
    return new Compression(codec, OptionalInt.of(level));
  }

  /**
   * The codec with which a v2 batch is compressed, at its default level, since the batch doesn't
   * contain the level.
   *
   * @throws dev.twinlog.spi.PartitionFailedException when the codec is unknown
   */
  public static Compression ofBatch(ByteBuffer batch) {
    try {
      return of(Codec.of(BatchHeader.codec(batch, batch.position())));
    } catch (MalformedBatchException e) {
      throw e.at(BatchHeader.baseOffset(batch, batch.position()));
    }
  }

  private static void requireKnown(Codec codec, int level) {
    switch (codec) {
      case GZIP -> {
        if (level != Deflater.DEFAULT_COMPRESSION) {
          requireWithin(codec, level, 1, 9);
        }
      }
      case LZ4 -> requireWithin(codec, level, 1, 17);
      case ZSTD -> requireWithin(codec, level, -131_072, 22);
      case NONE, SNAPPY ->
          throw new IllegalArgumentException(
              "%s has no levels, but was given %d".formatted(codec, level));
    }
  }

  private static void requireWithin(Codec codec, int level, int least, int greatest) {
    if (level < least || level > greatest) {
      throw new IllegalArgumentException(
          "the level of %s was %d but must be %d to %d".formatted(codec, level, least, greatest));
    }
  }
}
