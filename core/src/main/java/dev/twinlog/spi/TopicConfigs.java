package dev.twinlog.spi;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The configs of a topic, as they are. Immutable. */
public final class TopicConfigs {
  private static final TopicConfigs HIDDEN = new TopicConfigs(Optional.empty(), Map.of());

  private final Optional<Map<String, String>> own;
  private final Map<String, String> effective;

  private TopicConfigs(Optional<Map<String, String>> own, Map<String, String> effective) {
    this.own = own.map(Map::copyOf);
    this.effective = Map.copyOf(effective);
  }

  /**
   * Describes the configs of a topic.
   *
   * @param own those set on the topic itself
   * @param effective every config that the cluster knows for topics, with the value that applies:
   *     the topic's own, or what it inherits
   */
  public static TopicConfigs of(Map<String, String> own, Map<String, String> effective) {
    return new TopicConfigs(Optional.of(own), effective);
  }

  /** The configs of a topic that exists, and whose configs may not be described. */
  public static TopicConfigs hidden() {
    return HIDDEN;
  }

  /** Whether the configs may not be described. */
  public boolean isHidden() {
    return own.isEmpty();
  }

  /** The configs set on the topic itself; empty if they may not be described. */
  public Map<String, String> own() {
    return own.orElse(Map.of());
  }

  /**
   * Every config that the cluster knows for topics, with the value that applies to this one; empty
   * if they may not be described.
   */
  public Map<String, String> effective() {
    return effective;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicConfigs that
        && own.equals(that.own)
        && effective.equals(that.effective);
  }

  @Override
  public int hashCode() {
    return Objects.hash(own, effective);
  }

  @Override
  public String toString() {
    return own.map(set -> "configs " + set).orElse("configs that may not be described");
  }
}
