package dev.twinlog.spi;

import java.util.Set;

/** The ACLs of a cluster, as far as they can be seen. */
public sealed interface Acls {

  /**
   * They can be seen.
   *
   * @param entries all of them
   */
  record Found(Set<AclEntry> entries) implements Acls {
    public Found {
      entries = Set.copyOf(entries);
    }
  }

  /**
   * There are none to see, or they may not be seen; this does not end by itself.
   *
   * @param reason for the status of the link, with what to do about it
   */
  record Unavailable(String reason) implements Acls {}
}
