package dev.twinlog.spi;

/**
 * MurmurHash2 by Austin Appleby (32 bits, little-endian reads) with the seed that Kafka's default
 * partitioner uses, so that a key gets the partition that a Kafka producer would choose.
 */
public final class Murmur2 {
  private static final int SEED = 0x9747b28c;
  private static final int MULTIPLIER = 0x5bd1e995;
  private static final int SHIFT = 24;

  private Murmur2() {}

  /** The hash of these bytes. */
  public static int hash(byte[] data) {
    int length = data.length;
    int hash = SEED ^ length;
    int whole = length & ~3;
    for (int i = 0; i < whole; i += 4) {
      int k = littleEndian(data, i, 4) * MULTIPLIER;
      k = (k ^ (k >>> SHIFT)) * MULTIPLIER;
      hash = (hash * MULTIPLIER) ^ k;
    }
    if (whole < length) {
      hash = (hash ^ littleEndian(data, whole, length - whole)) * MULTIPLIER;
    }
    hash = (hash ^ (hash >>> 13)) * MULTIPLIER;
    return hash ^ (hash >>> 15);
  }

  private static int littleEndian(byte[] data, int from, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= (data[from + i] & 0xff) << (8 * i);
    }
    return value;
  }
}
