package dev.twinlog;

import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which configs of target topics are kept in step with those of their source topics. Immutable.
 *
 * <p>A config that is set on a source topic is set on its target topic. One that is no longer set
 * there is removed from the target topic if the target still has the value that the link has set,
 * which the link remembers over restarts, or that this instance has seen at the source before.
 * Everything else that only the target topic has is kept, and is a note in the status, unless
 * {@link #overwriting}.
 *
 * <p>Never copied are configs that belong to the cluster of the source: replication throttles,
 * {@code unclean.leader.election.enable}, {@code remote.*}, {@code local.retention.*}, {@code
 * message.timestamp.*} and {@code compression.type}. {@code min.insync.replicas} is capped by the
 * target's replication factor.
 */
public final class ConfigSync {
  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final ConfigSync DEFAULTS =
      new ConfigSync(true, List.of(), List.of(), false, INTERVAL);

  private final boolean on;
  private final List<Pattern> included;
  private final List<Pattern> excluded;
  private final boolean overwrite;
  private final Duration interval;

  private ConfigSync(
      boolean on,
      List<Pattern> included,
      List<Pattern> excluded,
      boolean overwrite,
      Duration interval) {
    this.on = on;
    this.included = included;
    this.excluded = excluded;
    this.overwrite = overwrite;
    this.interval = interval;
  }

  /** Configs are copied when a topic is created, and never changed later. */
  public static ConfigSync off() {
    return new ConfigSync(false, List.of(), List.of(), false, INTERVAL);
  }

  /** Every config is kept in step. */
  public static ConfigSync defaults() {
    return DEFAULTS;
  }

  /**
   * Only configs whose whole name matches one of these regular expressions; others are not copied
   * when a topic is created either. Default: all.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public ConfigSync including(String... regexes) {
    return new ConfigSync(
        on, compile(included, "included", regexes), excluded, overwrite, interval);
  }

  /**
   * Except configs whose whole name matches one of these regular expressions; they are not copied
   * when a topic is created either. Default: none.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public ConfigSync excluding(String... regexes) {
    return new ConfigSync(
        on, included, compile(excluded, "excluded", regexes), overwrite, interval);
  }

  /**
   * Whether a target topic has exactly the configs with which the link would create it: what is set
   * on the target topic only is removed, except configs that belong to its cluster. Default false.
   */
  public ConfigSync overwriting(boolean overwrite) {
    return new ConfigSync(on, included, excluded, overwrite, interval);
  }

  /** How often the configs of both sides are compared. Default 5 minutes. */
  public ConfigSync interval(Duration interval) {
    return new ConfigSync(
        on, included, excluded, overwrite, Objects.requireNonNull(interval, "interval"));
  }

  /** Whether configs of existing target topics are kept in step. */
  public boolean isOn() {
    return on;
  }

  /** Whether a config is copied, unless it never is. */
  public boolean covers(String config) {
    return (included.isEmpty() || anyMatches(included, config)) && !anyMatches(excluded, config);
  }

  /** Whether what is set on the target topic only is removed. */
  public boolean overwrites() {
    return overwrite;
  }

  /** How often the configs are compared. */
  public Duration interval() {
    return interval;
  }

  private static boolean anyMatches(List<Pattern> patterns, String config) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(config).matches());
  }

  private static List<Pattern> compile(List<Pattern> before, String what, String... regexes) {
    List<String> problems = new ArrayList<>();
    List<Pattern> patterns = new ArrayList<>(before);
    if (regexes.length == 0) {
      problems.add("no " + what + " pattern was given");
    }
    for (String regex : regexes) {
      try {
        patterns.add(Pattern.compile(regex));
      } catch (PatternSyntaxException e) {
        problems.add(
            "the %s pattern \"%s\" is not a regular expression: %s near index %d"
                .formatted(what, regex, e.getDescription(), e.getIndex()));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("config sync", problems);
    }
    return List.copyOf(patterns);
  }

  @Override
  public String toString() {
    if (!on) {
      return "off";
    }
    return "every %s%s%s%s"
        .formatted(
            interval,
            included.isEmpty() ? "" : ", including " + included,
            excluded.isEmpty() ? "" : ", excluding " + excluded,
            overwrite ? ", overwriting" : "");
  }
}
