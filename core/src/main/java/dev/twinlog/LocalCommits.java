package dev.twinlog;

/** What becomes of a group's positions in the target that the link has not written. */
public enum LocalCommits {

  /** They are kept, and the group is {@link GroupState#LOCAL}. The default. */
  KEEP,

  /** They are replaced by those of the source once the group has no members in the target. */
  OVERWRITE
}
