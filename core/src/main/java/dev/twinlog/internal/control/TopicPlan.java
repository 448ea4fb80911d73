package dev.twinlog.internal.control;

import dev.twinlog.spi.TopicDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * The settings with which a target topic is created, so that it accepts all records of its source
 * topic.
 *
 * <p>The configs that are set on the source topic itself are copied, except
 *
 * <ul>
 *   <li>those that belong to the source cluster: replication throttles, unclean leader election,
 *       {@code remote.*}, {@code local.retention.*};
 *   <li>{@code message.timestamp.*}: the target keeps the records' own timestamps, of any age;
 *   <li>{@code compression.type}: the target keeps the codec of the producer, and the link sends
 *       with the codec of the source;
 *   <li>configs of message formats that current brokers refuse.
 * </ul>
 *
 * @param name the target topic
 * @param partitions the number of partitions
 * @param replicationFactor replicas per partition
 * @param configs to set on the topic
 * @param notes the differences from the source topic, a sentence each
 */
public record TopicPlan(
    String name,
    int partitions,
    int replicationFactor,
    Map<String, String> configs,
    List<String> notes) {
  static final String MIN_ISR = "min.insync.replicas";
  private static final String FOREVER = Long.toString(Long.MAX_VALUE);

  private static final Set<String> NOT_COPIED =
      Set.of(
          "leader.replication.throttled.replicas",
          "follower.replication.throttled.replicas",
          "unclean.leader.election.enable",
          "message.format.version",
          "message.downconversion.enable");

  /** Replaced by the library; consumers see no difference. */
  private static final String COMPRESSION = "compression.type";

  /** What every target topic gets, so that it stores records as they are. */
  static final Map<String, String> ALWAYS =
      Map.of(
          COMPRESSION,
          "producer",
          "message.timestamp.type",
          "CreateTime",
          "message.timestamp.before.max.ms",
          FOREVER,
          "message.timestamp.after.max.ms",
          FOREVER);

  public TopicPlan {
    configs = Map.copyOf(configs);
    notes = List.copyOf(notes);
  }

  /**
   * Derives the settings of a target topic.
   *
   * @param wanted the name of the target topic with the settings of the source topic
   * @param replicationFactor the user's setting, if there is one
   * @param brokers how many brokers the target has now
   */
  public static TopicPlan of(TopicDescription wanted, OptionalInt replicationFactor, int brokers) {
    int factor =
        replicationFactor.orElse(Math.max(1, Math.min(wanted.replicationFactor(), brokers)));
    Map<String, String> configs = new TreeMap<>(wanted.configs());
    configs.keySet().removeIf(name -> !isCopied(name));
    List<String> notes = new ArrayList<>(notCopied(wanted.configs()));
    if (factor < wanted.replicationFactor()) {
      notes.add(
          "replication factor is %d, at the source %d"
              .formatted(factor, wanted.replicationFactor()));
    }
    capMinIsr(configs, factor).ifPresent(notes::add);
    configs.putAll(ALWAYS);
    return new TopicPlan(wanted.name(), wanted.partitions(), factor, configs, notes);
  }

  /** Caps {@code min.insync.replicas}, and returns a note if that changes it. */
  static Optional<String> capMinIsr(Map<String, String> configs, int factor) {
    String minIsr = configs.get(MIN_ISR);
    if (minIsr == null || Integer.parseInt(minIsr) <= factor) {
      return Optional.empty();
    }
    configs.put(MIN_ISR, Integer.toString(factor));
    return Optional.of(
        "min.insync.replicas is %d, at the source %s: capped by the replication factor"
            .formatted(factor, minIsr));
  }

  /** The note about a source topic whose configs may not be described. */
  public static String sourceHidden(String topic) {
    return "the source's configs can't be seen, so none are copied: DESCRIBE_CONFIGS on Topic %s is missing there"
        .formatted(topic);
  }

  /** The note about a target topic whose configs may not be described. */
  public static String targetHidden(String topic) {
    return "its configs can't be seen: DESCRIBE_CONFIGS on Topic " + topic + " is missing";
  }

  /** The configs of a source topic that are never copied; a sentence each, ordered by name. */
  public static List<String> notCopied(Map<String, String> configs) {
    List<String> notes = new ArrayList<>();
    new TreeMap<>(configs)
        .forEach(
            (name, value) -> {
              if (!isCopied(name) && !name.equals(COMPRESSION)) {
                notes.add("not copied: %s=%s".formatted(name, value));
              }
            });
    return List.copyOf(notes);
  }

  static boolean isCopied(String name) {
    return !NOT_COPIED.contains(name)
        && !name.equals(COMPRESSION)
        && !name.startsWith("remote.")
        && !name.startsWith("local.retention.")
        && !name.startsWith("message.timestamp.");
  }
}
