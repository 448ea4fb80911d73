package dev.twinlog.internal.verify;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The records that one of two compacted logs does not have, by key, until a later record of the key
 * shows that compaction may have removed them. Both logs hold parts of one history, so it does not
 * matter in which of them the later record is.
 *
 * <p>Keys are kept as the first 128 bits of their SHA-256. Confined to one thread.
 */
final class CompactedKeys {
  /** The memory of an entry: two objects, a node and its place in the table. */
  private static final int ENTRY_BYTES = 144;

  private record KeyHash(long upper, long lower) {}

  /**
   * A record that is missing on one side.
   *
   * @param walk the route that copied it
   * @param inTarget whether it is the target that does not have it
   */
  record Absent(RouteWalk walk, boolean inTarget, long source, long target) {}

  private final long most;
  private final MessageDigest digest;
  private final Map<KeyHash, Absent> absent = new HashMap<>();
  private boolean overflowed;
  private long explained;

  /**
   * Starts empty.
   *
   * @param maxBytes the memory that it may take
   */
  CompactedKeys(long maxBytes) {
    this.most = maxBytes / ENTRY_BYTES;
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  /** Whether no record is missing that later records might explain. */
  boolean isEmpty() {
    return absent.isEmpty();
  }

  /** Whether there were more at a time than fit into the memory; then it has forgotten them. */
  boolean hasOverflowed() {
    return overflowed;
  }

  /** How many were most at a time. */
  long most() {
    return most;
  }

  /** How many missing records were explained by later ones of their keys. */
  long explained() {
    return explained;
  }

  /** Adds a record that one side does not have; it explains an earlier one of its key. */
  void add(ReplicationRecord record, Absent missing) {
    if (overflowed) {
      return;
    }
    if (absent.put(hash(record), missing) != null) {
      explained++;
    }
    if (absent.size() > most) {
      overflowed = true;
      absent.clear();
    }
  }

  /** A record was seen that explains earlier ones of its key. */
  void seen(ReplicationRecord record) {
    if (!absent.isEmpty() && absent.remove(hash(record)) != null) {
      explained++;
    }
  }

  /** Hands out what nothing has explained. */
  void unexplained(Consumer<Absent> to) {
    absent.values().forEach(to);
    absent.clear();
  }

  private KeyHash hash(ReplicationRecord record) {
    byte[] key = record.key();
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(key == null ? new byte[0] : key));
    return new KeyHash(hash.getLong(), hash.getLong());
  }
}
