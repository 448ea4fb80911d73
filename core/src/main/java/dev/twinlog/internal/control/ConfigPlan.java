package dev.twinlog.internal.control;

import dev.twinlog.ConfigSync;
import dev.twinlog.spi.TopicConfigs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The changes that keep the configs of a target topic in step with those of its source topic.
 *
 * <p>What {@link TopicPlan} never copies is left alone on both sides, and so is what the target
 * doesn't know. A config that only the target topic has is removed if it is a copy: the link has
 * set this value, or the source had it before. Otherwise somebody has set it there, and it is kept
 * unless the user wants it to be overwritten.
 *
 * @param target the target topic
 * @param changes by config: the value to set, or empty to remove it from the topic
 * @param notes what is not, or can't be made, the same as at the source; a sentence each
 */
public record ConfigPlan(String target, Map<String, Optional<String>> changes, List<String> notes) {
  private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");

  public ConfigPlan {
    changes = Map.copyOf(changes);
    notes = List.copyOf(notes);
  }

  /**
   * A topic and its copy.
   *
   * @param source the source topic
   * @param target the target topic
   * @param sourceNow the configs of the source topic
   * @param targetNow the configs of the target topic
   * @param sourceBefore the configs that were set on the source topic itself when this instance
   *     looked before; empty if it has not
   * @param copied the values that the link has set on the target topic
   * @param replicationFactor of the target topic; empty if it is unknown, which matters only if
   *     {@link #needsReplicationFactor}
   */
  public record Topics(
      String source,
      String target,
      TopicConfigs sourceNow,
      TopicConfigs targetNow,
      Map<String, String> sourceBefore,
      Map<String, String> copied,
      OptionalInt replicationFactor) {

    /**
     * The values of the target topic that the link has set, without those that others have replaced
     * since.
     *
     * @return empty if one side may not be seen
     */
    public Optional<Map<String, String>> ours() {
      if (sourceNow.isHidden() || targetNow.isHidden()) {
        return Optional.empty();
      }
      Map<String, String> target = targetNow.own();
      Map<String, String> ours = new HashMap<>(copied);
      ours.entrySet()
          .removeIf(
              one ->
                  !sourceNow.own().containsKey(one.getKey())
                      && !isSame(one.getValue(), target.get(one.getKey())));
      return Optional.of(ours);
    }
  }

  /** Whether the replication factor of the target topic decides what it gets. */
  public static boolean needsReplicationFactor(
      TopicConfigs source, TopicConfigs target, ConfigSync sync) {
    String wanted = source.own().get(TopicPlan.MIN_ISR);
    return wanted != null
        && !target.isHidden()
        && sync.covers(TopicPlan.MIN_ISR)
        && !wanted.equals(target.own().get(TopicPlan.MIN_ISR));
  }

  /** Compares a topic with its copy. */
  public static ConfigPlan of(Topics topics, ConfigSync sync) {
    if (topics.sourceNow().isHidden()) {
      return nothing(topics, TopicPlan.sourceHidden(topics.source()));
    }
    if (topics.targetNow().isHidden()) {
      return nothing(topics, TopicPlan.targetHidden(topics.target()));
    }
    Map<String, String> source = topics.sourceNow().own();
    List<String> notes = new ArrayList<>(TopicPlan.notCopied(source));
    Map<String, String> wanted = new TreeMap<>(source);
    wanted.keySet().removeIf(name -> !TopicPlan.isCopied(name) || !sync.covers(name));
    if (topics.replicationFactor().isPresent()) {
      TopicPlan.capMinIsr(wanted, topics.replicationFactor().getAsInt()).ifPresent(notes::add);
    } else if (needsReplicationFactor(topics.sourceNow(), topics.targetNow(), sync)) {
      wanted.remove(TopicPlan.MIN_ISR); // more than the replication factor would refuse all writes
    }
    Map<String, String> known = topics.targetNow().effective();
    if (sync.overwrites()) {
      TopicPlan.ALWAYS.forEach(
          (name, value) -> {
            if (sync.covers(name) && known.containsKey(name)) {
              wanted.put(name, value);
            }
          });
    }
    Map<String, Optional<String>> changes = new TreeMap<>();
    wanted.forEach(
        (name, value) -> {
          if (!known.containsKey(name)) {
            notes.add("not copied: %s=%s, which the target does not know".formatted(name, value));
          } else if (!isSame(value, topics.targetNow().own().get(name))) {
            changes.put(name, Optional.of(value));
          }
        });
    new TreeMap<>(topics.targetNow().own())
        .forEach(
            (name, value) -> {
              if (source.containsKey(name) || !TopicPlan.isCopied(name) || !sync.covers(name)) {
                return;
              }
              if (sync.overwrites() || isCopy(name, value, topics)) {
                changes.put(name, Optional.empty());
              } else {
                notes.add(
                    "kept: %s=%s, which is set on the target topic only".formatted(name, value));
              }
            });
    return new ConfigPlan(topics.target(), changes, notes);
  }

  private static ConfigPlan nothing(Topics topics, String note) {
    return new ConfigPlan(topics.target(), Map.of(), List.of(note));
  }

  private static boolean isCopy(String name, String value, Topics topics) {
    if (isSame(value, topics.copied().get(name))) {
      return true;
    }
    String before = topics.sourceBefore().get(name);
    return before != null && (isSame(before, value) || name.equals(TopicPlan.MIN_ISR));
  }

  /** Lists are the same whatever the blanks in them. */
  private static boolean isSame(String value, @Nullable String other) {
    return other != null
        && COMMA.matcher(value).replaceAll(",").equals(COMMA.matcher(other).replaceAll(","));
  }
}
