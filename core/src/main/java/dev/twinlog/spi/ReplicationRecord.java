package dev.twinlog.spi;

import java.util.Objects;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One decoded record. Users don't implement it; methods may be added.
 *
 * <p>The arrays are not copied: changing one changes the record.
 */
public interface ReplicationRecord {

  /** The offset at the source. */
  long offset();

  /** Milliseconds since the epoch; −1 where the record has none. */
  long timestamp();

  /** The key's bytes; {@code null} for a record without a key, which is not an empty key. */
  byte @Nullable [] key();

  /** The value's bytes; {@code null} for a tombstone, which is not an empty value. */
  byte @Nullable [] value();

  /** The headers, in their order. A key that is not UTF-8 is in a {@link RawHeader}. */
  Headers headers();

  /** The size of key, value and headers in bytes. */
  int sizeInBytes();

  /** This record with another key. */
  default ReplicationRecord replacingKey(byte @Nullable [] key) {
    return of(offset(), timestamp(), key, value(), headers());
  }

  /** This record with another value. */
  default ReplicationRecord replacingValue(byte @Nullable [] value) {
    return of(offset(), timestamp(), key(), value, headers());
  }

  /** This record with other headers. */
  default ReplicationRecord replacingHeaders(Headers headers) {
    return of(offset(), timestamp(), key(), value(), headers);
  }

  /**
   * Makes a record.
   *
   * @param offset the offset at the source, not negative
   * @param timestamp milliseconds since the epoch, or −1
   * @param key the key or {@code null}; not copied
   * @param value the value or {@code null}; not copied
   * @param headers the headers; not copied
   */
  static ReplicationRecord of(
      long offset,
      long timestamp,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers) {
    Objects.requireNonNull(headers, "headers");
    if (offset < 0) {
      throw new IllegalArgumentException("offset was " + offset + " but must not be negative");
    }
    return new DecodedRecord(offset, timestamp, key, value, headers);
  }
}
