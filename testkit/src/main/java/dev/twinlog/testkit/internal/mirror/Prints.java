package dev.twinlog.testkit.internal.mirror;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * The records of one partition as a list of fingerprints: 128 bits of the contents, 24 bytes of
 * memory a record. Not thread-safe.
 */
public final class Prints {
  private static final int NULL = -1;

  private final boolean timestamps;
  private final MessageDigest digest;
  private final byte[] hash = new byte[32];
  private long[] high = new long[1024];
  private long[] low = new long[1024];
  private long[] offsets = new long[1024];
  private int size;

  /** A 128-bit hash of a record's contents. */
  public record Print(long high, long low) {}

  /**
   * An empty list.
   *
   * @param timestamps whether a record's timestamp is part of its contents
   */
  public Prints(boolean timestamps) {
    this.timestamps = timestamps;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  public void add(ConsumerRecord<byte[], byte[]> added) {
    if (size == offsets.length) {
      high = Arrays.copyOf(high, size * 2);
      low = Arrays.copyOf(low, size * 2);
      offsets = Arrays.copyOf(offsets, size * 2);
    }
    hash(added);
    ByteBuffer bits = ByteBuffer.wrap(hash);
    high[size] = bits.getLong();
    low[size] = bits.getLong();
    offsets[size] = added.offset();
    size++;
  }

  public int size() {
    return size;
  }

  public long offset(int index) {
    return offsets[index];
  }

  public Print print(int index) {
    return new Print(high[index], low[index]);
  }

  public boolean same(int index, Prints other, int otherIndex) {
    return high[index] == other.high[otherIndex] && low[index] == other.low[otherIndex];
  }

  /** Each field is preceded by its length, so that different records never give the same bytes. */
  private void hash(ConsumerRecord<byte[], byte[]> hashed) {
    if (timestamps) {
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(hashed.timestamp()).flip());
    }
    update(hashed.key());
    update(hashed.value());
    for (Header header : hashed.headers()) {
      update(header.key().getBytes(StandardCharsets.UTF_8));
      update(header.value());
    }
    byte[] hashOfAll = digest.digest();
    System.arraycopy(hashOfAll, 0, hash, 0, hash.length);
  }

  @SuppressWarnings("NullAway") // Kafka's records can have nulls.
  private void update(byte[] part) {
    int length = part == null ? NULL : part.length;
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
    if (part != null) {
      digest.update(part);
    }
  }
}
