package dev.twinlog.spi;

import java.util.Arrays;
import java.util.Objects;

/**
 * Something small that the engine remembers of a link, in its stored form. Stores keep its bytes
 * and need not understand them.
 *
 * @param key what it is; not empty, at most some hundred characters
 * @param required whether a version of Twinlog that doesn't know of such entries must not run the
 *     link
 * @param bytes the engine's own, beginning with a version byte; empty if the entry is to be removed
 */
@SuppressWarnings("ArrayRecordComponent") // equal by content, see below; opaque and small
public record StoredEntry(String key, boolean required, byte[] bytes) {
  public StoredEntry {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(bytes, "bytes");
    if (key.isEmpty()) {
      throw new IllegalArgumentException("the key of an entry must not be empty");
    }
  }

  /** The entry of this key is not needed any more. */
  public static StoredEntry removed(String key, boolean required) {
    return new StoredEntry(key, required, new byte[0]);
  }

  /** Whether the entry is to be removed. */
  public boolean isRemoved() {
    return bytes.length == 0;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof StoredEntry other
        && key.equals(other.key)
        && required == other.required
        && Arrays.equals(bytes, other.bytes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, required, Arrays.hashCode(bytes));
  }

  @Override
  public String toString() {
    return "entry %s, %d bytes".formatted(key, bytes.length);
  }
}
