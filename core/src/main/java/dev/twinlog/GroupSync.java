package dev.twinlog;

import dev.twinlog.internal.names.NamePatterns;
import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.Objects;

/**
 * How the positions of consumer groups are kept in step with the source, so that their consumers
 * continue in the target with the next record. Immutable.
 *
 * <p>It is on by default where source and sink keep consumer groups, as those of Kafka do. The link
 * never writes to a group that has members in the target, and keeps positions that others have
 * written there, see {@link #localCommits}.
 */
public final class GroupSync {
  private static final String OWNER = "group sync";
  private static final GroupSync DEFAULTS =
      new GroupSync(
          true,
          NamePatterns.NONE.and(OWNER, "group", ".*"),
          NamePatterns.NONE,
          Duration.ofSeconds(5),
          false,
          true,
          LocalCommits.KEEP);

  private final boolean on;
  private final NamePatterns included;
  private final NamePatterns excluded;
  private final Duration interval;
  private final boolean delete;
  private final boolean share;
  private final LocalCommits localCommits;

  private GroupSync(
      boolean on,
      NamePatterns included,
      NamePatterns excluded,
      Duration interval,
      boolean delete,
      boolean share,
      LocalCommits localCommits) {
    this.on = on;
    this.included = included;
    this.excluded = excluded;
    this.interval = interval;
    this.delete = delete;
    this.share = share;
    this.localCommits = localCommits;
  }

  /** All groups that have positions in the link's topics, every five seconds. */
  public static GroupSync defaults() {
    return DEFAULTS;
  }

  /** No groups. */
  public static GroupSync off() {
    return new GroupSync(
        false,
        DEFAULTS.included,
        DEFAULTS.excluded,
        DEFAULTS.interval,
        DEFAULTS.delete,
        DEFAULTS.share,
        DEFAULTS.localCommits);
  }

  /**
   * Only groups whose whole id matches one of these regular expressions. Default: all.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public GroupSync matching(String... regexes) {
    NamePatterns patterns = NamePatterns.NONE.and(OWNER, "group", regexes);
    return new GroupSync(on, patterns, excluded, interval, delete, share, localCommits);
  }

  /**
   * Without groups whose whole id matches one of these regular expressions, in addition to those
   * that were excluded before. Default: none.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public GroupSync excluding(String... regexes) {
    NamePatterns patterns = excluded.and(OWNER, "excluded group", regexes);
    return new GroupSync(on, included, patterns, interval, delete, share, localCommits);
  }

  /**
   * How often the positions are compared. Default 5 seconds, at least 100 ms, at most a day; longer
   * where a comparison takes more than a tenth of it.
   */
  public GroupSync interval(Duration interval) {
    return new GroupSync(
        on,
        included,
        excluded,
        Objects.requireNonNull(interval, "interval"),
        delete,
        share,
        localCommits);
  }

  /**
   * Whether a group that is deleted in the source is deleted in the target, if all of its positions
   * there are the link's. Default false: the target keeps it until it expires.
   */
  public GroupSync deleting(boolean delete) {
    return new GroupSync(on, included, excluded, interval, delete, share, localCommits);
  }

  /** Whether share groups are kept in step as well, where both sides have them. Default true. */
  public GroupSync shareGroups(boolean share) {
    return new GroupSync(on, included, excluded, interval, delete, share, localCommits);
  }

  /**
   * What becomes of positions in the target that the link has not written. Default {@link
   * LocalCommits#KEEP}.
   */
  public GroupSync localCommits(LocalCommits localCommits) {
    return new GroupSync(
        on,
        included,
        excluded,
        interval,
        delete,
        share,
        Objects.requireNonNull(localCommits, "localCommits"));
  }

  /** Whether any groups are kept in step. */
  public boolean isOn() {
    return on;
  }

  /** Whether the group of this id is kept in step, if it has positions in the link's topics. */
  public boolean selects(String group) {
    return on && included.matches(group) && !excluded.matches(group);
  }

  /** How often the positions are compared. */
  public Duration interval() {
    return interval;
  }

  /** Whether groups are deleted in the target. */
  public boolean deletes() {
    return delete;
  }

  /** Whether share groups are kept in step. */
  public boolean includesShareGroups() {
    return share;
  }

  /** What becomes of positions in the target that the link has not written. */
  public LocalCommits localCommits() {
    return localCommits;
  }

  @Override
  public String toString() {
    return on
        ? "group sync [matching=%s, excluding=%s, interval=%s, deleting=%s, share groups=%s, local commits=%s]"
            .formatted(included, excluded, interval, delete, share, localCommits)
        : "group sync [off]";
  }
}
