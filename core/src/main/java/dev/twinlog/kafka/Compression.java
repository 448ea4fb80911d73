package dev.twinlog.kafka;

/**
 * The codec with which batches are compressed again, see {@link
 * KafkaSink.Builder#recompress(Compression)}. Where a codec has levels, a higher one makes smaller
 * batches and uses more CPU.
 */
public enum Compression {
  /** Not at all; has no levels. */
  NONE,

  /** Levels 1 to 9, and −1 for its default, which is 6. */
  GZIP,

  /** Has no levels. */
  SNAPPY,

  /** Levels 1 to 17, of which 9 is the default and the only fast one. */
  LZ4,

  /** Levels −131072 to 22; 3 is the default. */
  ZSTD
}
