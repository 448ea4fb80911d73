package dev.twinlog;

import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Which ACLs of the source are kept in step in the target. Immutable.
 *
 * <p>An ACL of a topic is created for the copy of that topic, allow and deny. One with a prefix has
 * the prefix of the copies; where the link's topic mapper does not keep it, it is created for each
 * copy whose source topic has the prefix. One of all topics ({@code *}) is created for each copy:
 * it gives nothing in the target that is not a copy. ACLs of prefixes that no copied topic has are
 * left alone. ACLs of consumer groups keep their names, also prefixes and {@code *}.
 *
 * <p>ACLs that are in the target already are never changed, and only those are deleted that the
 * link has created itself.
 */
public final class AclSync {
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  private final boolean topics;
  private final boolean groups;
  private final Writes writes;
  private final boolean delete;
  private final UnaryOperator<String> principals;
  private final Duration interval;

  /** What happens to ACLs of operations that change a topic. */
  public enum Writes {
    /**
     * They are not created, so that the copies are changed by the link only: {@code WRITE}, {@code
     * CREATE}, {@code DELETE}, {@code ALTER} and {@code ALTER_CONFIGS} of topics, allow and deny.
     * Of {@code ALL} only what reads a topic is created: {@code READ}, {@code DESCRIBE} and {@code
     * DESCRIBE_CONFIGS}.
     *
     * <p>When the link is moved they are created, so that clients may write in the target: see
     * {@link FailoverOptions#releaseWrites}. A link that copies again deletes them, if it
     * {@linkplain #deleting may}.
     */
    HOLD_BACK,

    /**
     * They are created like the others. A deny of them for all users also applies to the link's own
     * user, unless that is a super user of the target.
     */
    COPY
  }

  private AclSync(
      boolean topics,
      boolean groups,
      Writes writes,
      boolean delete,
      UnaryOperator<String> principals,
      Duration interval) {
    this.topics = topics;
    this.groups = groups;
    this.writes = writes;
    this.delete = delete;
    this.principals = principals;
    this.interval = interval;
  }

  private static AclSync of(boolean topics, boolean groups) {
    return new AclSync(topics, groups, Writes.HOLD_BACK, true, UnaryOperator.identity(), INTERVAL);
  }

  /** No ACLs are copied; those that were created before stay. The default. */
  public static AclSync off() {
    return of(false, false);
  }

  /** The ACLs of the link's topics. */
  public static AclSync topics() {
    return of(true, false);
  }

  /** The ACLs of the link's topics, and those of all consumer groups. */
  public static AclSync topicsAndGroups() {
    return of(true, true);
  }

  /** What happens to ACLs of operations that change a topic. Default {@link Writes#HOLD_BACK}. */
  public AclSync writes(Writes writes) {
    Objects.requireNonNull(writes, "writes");
    return new AclSync(topics, groups, writes, delete, principals, interval);
  }

  /**
   * Whether an ACL that the link has created in the target is deleted when the one that it was
   * created for is no longer at the source, or is no longer to be copied. Default true.
   */
  public AclSync deleting(boolean delete) {
    return new AclSync(topics, groups, writes, delete, principals, interval);
  }

  /**
   * Names the principals of the target: called with one of the source, as {@code User:alice},
   * returns what it is in the target. An ACL for whose principal it returns an empty text is not
   * copied. Called on a thread of the link, and must not block. Default: the same name.
   */
  public AclSync mapPrincipal(UnaryOperator<String> principals) {
    Objects.requireNonNull(principals, "principals");
    return new AclSync(topics, groups, writes, delete, principals, interval);
  }

  /** How often the ACLs of both sides are compared. Default 5 minutes. */
  public AclSync interval(Duration interval) {
    Objects.requireNonNull(interval, "interval");
    return new AclSync(topics, groups, writes, delete, principals, interval);
  }

  /** Whether any ACLs are copied. */
  public boolean isOn() {
    return topics || groups;
  }

  /** Whether the ACLs of consumer groups are copied. */
  public boolean copiesGroups() {
    return groups;
  }

  /** What happens to ACLs of operations that change a topic. */
  public Writes writes() {
    return writes;
  }

  /** Whether ACLs that the link has created are deleted again. */
  public boolean deletes() {
    return delete;
  }

  /** Names the principals of the target. */
  public UnaryOperator<String> principals() {
    return principals;
  }

  /** How often the ACLs are compared. */
  public Duration interval() {
    return interval;
  }

  @Override
  public String toString() {
    if (!isOn()) {
      return "off";
    }
    return "%s every %s, %s%s"
        .formatted(
            groups ? "topics and groups" : "topics",
            interval,
            writes == Writes.HOLD_BACK ? "writes held back" : "with writes",
            delete ? "" : ", never deleting");
  }
}
