package dev.twinlog;

import dev.twinlog.spi.AclEntry;

/**
 * An ACL that a move has changed. Users don't implement it; methods may be added. Immutable.
 *
 * <p>{@code toString()} is a sentence for people.
 */
public interface AclChange {

  /** Where ACLs are changed. */
  enum Side {
    /** The cluster that the link reads. */
    SOURCE,

    /** The cluster that the link writes. */
    TARGET
  }

  /** The cluster in which it was created. */
  Side side();

  /** The ACL that was created there. */
  AclEntry entry();
}
