package dev.twinlog;

import java.util.Optional;

/** A change to the target that a sync would make. Immutable. */
public final class SyncChange {
  private final Kind kind;
  private final String resource;
  private final Optional<String> before;
  private final Optional<String> after;

  SyncChange(Kind kind, String resource, Optional<String> before, Optional<String> after) {
    this.kind = kind;
    this.resource = resource;
    this.before = before;
    this.after = after;
  }

  /** What a change does. Kinds will be added: give a {@code switch} a default. */
  public enum Kind {
    /** A topic is created. */
    CREATE_TOPIC,
    /** Partitions are added to a topic. */
    ADD_PARTITIONS,
    /** A config of a topic is set, or removed from it. */
    CHANGE_CONFIG,
    /** An ACL is created. */
    CREATE_ACL,
    /** An ACL that the link created is deleted. */
    DELETE_ACL,
    /** The position of a consumer group is written. */
    WRITE_GROUP,
    /** A config of a share group is set, or removed from it. */
    CHANGE_GROUP_CONFIG,
    /** A topic is deleted, since the source topic of which it is a copy was deleted. */
    DELETE_TOPIC,
    /** Records of a partition are deleted: before and after is the offset at which it begins. */
    DELETE_RECORDS
  }

  /** What it does. */
  public Kind kind() {
    return kind;
  }

  /**
   * What is changed: the target topic, with a config's name after a space, or the target partition;
   * the consumer group, with the target partition or the config's name after a space; or the
   * resource of an ACL.
   */
  public String resource() {
    return resource;
  }

  /** What the target has now; empty if it has nothing. */
  public Optional<String> before() {
    return before;
  }

  /** What the target has after the change; empty if something is removed. */
  public Optional<String> after() {
    return after;
  }

  @Override
  public String toString() {
    return "%-19s  %s  %s -> %s"
        .formatted(kind, resource, before.orElse("none"), after.orElse("none"));
  }
}
