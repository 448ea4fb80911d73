package dev.twinlog.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A record header whose key is kept as bytes. Kafka stores header keys as bytes and its clients
 * read them as UTF-8, so that in a key that is not valid UTF-8 they replace invalid bytes by
 * U+FFFD, and would write that. Records that were decoded from a batch have a header of this class
 * for each such key, and Kafka's own headers for all others.
 *
 * <p>A transform that returns this {@link Header} keeps the key's bytes; one that creates another
 * header from {@link #key()} does not. Immutable as long as the arrays are not changed.
 */
public final class RawHeader implements Header {
  private final byte[] rawKey;
  private final byte @Nullable [] value;

  private RawHeader(byte[] rawKey, byte @Nullable [] value) {
    this.rawKey = Objects.requireNonNull(rawKey, "rawKey");
    this.value = value;
  }

  /**
   * Makes a header.
   *
   * @param rawKey the key's bytes; not copied
   * @param value the value or {@code null}; not copied
   */
  public static RawHeader of(byte[] rawKey, byte @Nullable [] value) {
    return new RawHeader(rawKey, value);
  }

  /** The bytes of any header's key, as Kafka stores them. */
  public static byte[] rawKeyOf(Header header) {
    return header instanceof RawHeader raw
        ? raw.rawKey
        : header.key().getBytes(StandardCharsets.UTF_8);
  }

  /** The key's bytes; not copied. */
  public byte[] rawKey() {
    return rawKey;
  }

  /** The key as Kafka's consumer reads it: with U+FFFD in place of invalid bytes. */
  @Override
  public String key() {
    return new String(rawKey, StandardCharsets.UTF_8);
  }

  @Override
  public byte @Nullable [] value() {
    return value;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof RawHeader other
        && Arrays.equals(rawKey, other.rawKey)
        && Arrays.equals(value, other.value);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(rawKey) + Arrays.hashCode(value);
  }

  @Override
  public String toString() {
    return "RawHeader(key = %s, value = %s)".formatted(key(), Arrays.toString(value));
  }
}
