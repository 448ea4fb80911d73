package dev.twinlog;

/** Where a consumer group of the source stands in the target. */
public enum GroupState {

  /** Its positions in the target are those that it has in the source. */
  SYNCED,

  /**
   * It has read records that are not copied yet: in the target it continues after the last copied
   * record, and its positions follow as the copy does.
   */
  AHEAD,

  /** It has members in the target, so nothing is written. */
  ACTIVE,

  /**
   * It has positions in the target that the link has not written, because it was used there, and
   * they are kept; see {@link GroupSync#localCommits}.
   */
  LOCAL,

  /** Some of its positions can't be translated or written, the others are. */
  PARTIAL,

  /** Another link writes to the same target topics, where positions are left as they are. */
  SHARED_TARGET,

  /** In the target its id belongs to a group of another type, or it can have none of its type. */
  OTHER_TYPE,

  /** A permission is missing. */
  DENIED,

  /** None of its positions can be translated, read or written. */
  UNAVAILABLE,

  /** It no longer exists in the source; the target keeps it until it expires. */
  DELETED;

  /** Whether its positions follow those of the source. */
  public boolean isSynced() {
    return this == SYNCED || this == AHEAD;
  }
}
