package dev.twinlog;

import dev.twinlog.internal.names.NamePatterns;
import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.Objects;

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
  private static final String OWNER = "config sync";
  private static final Duration INTERVAL = Duration.ofMinutes(5);
  private static final ConfigSync DEFAULTS =
      new ConfigSync(true, NamePatterns.NONE, NamePatterns.NONE, false, INTERVAL);

  private final boolean on;
  private final NamePatterns included;
  private final NamePatterns excluded;
  private final boolean overwrite;
  private final Duration interval;

  private ConfigSync(
      boolean on,
      NamePatterns included,
      NamePatterns excluded,
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
    return new ConfigSync(false, NamePatterns.NONE, NamePatterns.NONE, false, INTERVAL);
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
        on, included.and(OWNER, "included", regexes), excluded, overwrite, interval);
  }

  /**
   * Except configs whose whole name matches one of these regular expressions; they are not copied
   * when a topic is created either. Default: none.
   *
   * @throws ConfigurationException if there is none, or one that is invalid
   */
  public ConfigSync excluding(String... regexes) {
    return new ConfigSync(
        on, included, excluded.and(OWNER, "excluded", regexes), overwrite, interval);
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
    return (included.isEmpty() || included.matches(config)) && !excluded.matches(config);
  }

  /** Whether what is set on the target topic only is removed. */
  public boolean overwrites() {
    return overwrite;
  }

  /** How often the configs are compared. */
  public Duration interval() {
    return interval;
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
