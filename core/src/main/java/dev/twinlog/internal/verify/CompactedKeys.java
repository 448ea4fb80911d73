package dev.twinlog.internal.verify;

import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The records that a compacted log does not have, by key, until a later record of the key shows
 * that compaction may have removed them there. Only a record that this log had at some time shows
 * that: a copied record was in the source partition of its route and in the target, one that was
 * not copied yet only at the source, one of others only in the target.
 *
 * <p>Keys are kept as the first 128 bits of their SHA-256. Confined to one thread.
 */
final class CompactedKeys {
  /** The memory of an entry: two objects, a node and its place in the table. */
  private static final int ENTRY_BYTES = 144;

  /**
   * A key in one log.
   *
   * @param source the route whose source partition it is; null for the target
   */
  private record KeyHash(long upper, long lower, @Nullable RouteWalk source) {}

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

  /**
   * Adds a copied record that one side does not have any more; it explains earlier ones of its key.
   */
  void add(ReplicationRecord record, Absent missing) {
    if (overflowed) {
      return;
    }
    seenCopied(record, missing.walk());
    absent.put(hash(record, missing.inTarget() ? null : missing.walk()), missing);
    if (absent.size() > most) {
      overflowed = true;
      absent.clear();
    }
  }

  /** A record of a route's source was seen that was copied: it explains what either side lacks. */
  void seenCopied(ReplicationRecord record, RouteWalk walk) {
    if (!absent.isEmpty()) {
      KeyHash inTarget = hash(record, null);
      explain(inTarget);
      explain(new KeyHash(inTarget.upper(), inTarget.lower(), walk));
    }
  }

  /** A record was seen that was not copied: it explains only what its source lacks. */
  void seenAtSource(ReplicationRecord record, RouteWalk walk) {
    if (!absent.isEmpty()) {
      explain(hash(record, walk));
    }
  }

  /** A record was seen that others have written: it explains only what the target lacks. */
  void seenInTarget(ReplicationRecord record) {
    if (!absent.isEmpty()) {
      explain(hash(record, null));
    }
  }

  private void explain(KeyHash key) {
    if (absent.remove(key) != null) {
      explained++;
    }
  }

  /** Hands out what nothing has explained. */
  void unexplained(Consumer<Absent> to) {
    absent.values().forEach(to);
    absent.clear();
  }

  private KeyHash hash(ReplicationRecord record, @Nullable RouteWalk source) {
    byte[] key = record.key();
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(key == null ? new byte[0] : key));
    return new KeyHash(hash.getLong(), hash.getLong(), source);
  }
}
