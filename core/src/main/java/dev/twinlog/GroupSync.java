package dev.twinlog;

import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How the positions of consumer groups are kept in step with the source, so that their consumers
 * continue in the target with the next record. Immutable.
 *
 * <p>It is on by default where source and sink keep consumer groups, as those of Kafka do. The link
 * never writes to a group that has members in the target, and keeps positions that others have
 * written there, see {@link #localCommits}.
 */
public final class GroupSync {
  private static final GroupSync DEFAULTS =
      new GroupSync(
          true,
          List.of(Pattern.compile(".*", Pattern.DOTALL)),
          List.of(),
          Duration.ofSeconds(5),
          false,
          true,
          LocalCommits.KEEP);

  private final boolean on;
  private final List<Pattern> included;
  private final List<Pattern> excluded;
  private final Duration interval;
  private final boolean delete;
  private final boolean share;
  private final LocalCommits localCommits;

  private GroupSync(
      boolean on,
      List<Pattern> included,
      List<Pattern> excluded,
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
    List<Pattern> patterns = compile("group", regexes);
    return new GroupSync(on, patterns, excluded, interval, delete, share, localCommits);
  }

  /**
   * Without groups whose whole id matches one of these regular expressions, in addition to those
   * that were excluded before. Default: none.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public GroupSync excluding(String... regexes) {
    List<Pattern> patterns = new ArrayList<>(excluded);
    patterns.addAll(compile("excluded group", regexes));
    return new GroupSync(
        on, included, List.copyOf(patterns), interval, delete, share, localCommits);
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

  private static List<Pattern> compile(String what, String... regexes) {
    List<String> problems = new ArrayList<>();
    List<Pattern> patterns = new ArrayList<>();
    if (regexes.length == 0) {
      problems.add("no " + what + " pattern was given");
    }
    for (String regex : regexes) {
      try {
        patterns.add(Pattern.compile(regex, Pattern.DOTALL)); // an id may have line breaks
      } catch (PatternSyntaxException e) {
        problems.add(
            "the %s pattern \"%s\" is not a regular expression: %s near index %d"
                .formatted(what, regex, e.getDescription(), e.getIndex()));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("group sync", problems);
    }
    return List.copyOf(patterns);
  }

  /** Whether any groups are kept in step. */
  public boolean isOn() {
    return on;
  }

  /** Whether the group of this id is kept in step, if it has positions in the link's topics. */
  public boolean selects(String group) {
    return on && anyMatches(included, group) && !anyMatches(excluded, group);
  }

  private static boolean anyMatches(List<Pattern> patterns, String group) {
    for (Pattern pattern : patterns) {
      if (pattern.matcher(group).matches()) {
        return true;
      }
    }
    return false;
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
