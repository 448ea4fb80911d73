package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.spi.GroupStore;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Finds internal topics of Kafka Streams applications that the link does not copy although it keeps
 * the application's group in step: in the target the application would continue without its state.
 * An application's id is its group's, and its internal topics are named {@code <application
 * id>-<name>-changelog}, and so on.
 *
 * <p>Confined to the thread of syncs.
 */
final class StreamsTopics {
  /** The kinds of topics that an application creates for itself, as Kafka names them. */
  private static final Pattern INTERNAL =
      Pattern.compile(
          ".+-(changelog|repartition|subscription-registration-topic|subscription-response-topic)"
              + "|.+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\\d+-topic");

  /** The list of all topics is large in some clusters. */
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  private static final int NAMED = 3;

  private final GroupStore source;
  private final Predicate<String> isSelected;
  private final LinkTime time;
  private long askAtNanos;
  private List<String> notes = List.of();

  /**
   * Creates the search.
   *
   * @param source has the groups and the topics
   * @param isSelected whether the link copies a topic
   */
  StreamsTopics(GroupStore source, Predicate<String> isSelected, LinkTime time) {
    this.source = source;
    this.isSelected = isSelected;
    this.time = time;
    this.askAtNanos = time.nanoTime();
  }

  /** Returns a text for each of these groups whose application has such topics. */
  List<String> notes(Set<String> groups) {
    if (groups.isEmpty()) {
      return List.of();
    }
    long now = time.nanoTime();
    if (now - askAtNanos >= 0) {
      try {
        notes = find(source.topicNames(), groups);
        askAtNanos = now + INTERVAL.toNanos();
      } catch (RetriableException e) {
        // the next cycle asks again; what was found before holds until then
      }
    }
    return notes;
  }

  private List<String> find(Set<String> topics, Set<String> groups) {
    Map<String, Set<String>> missing = new TreeMap<>();
    for (String topic : topics) {
      if (INTERNAL.matcher(topic).matches() && !isSelected.test(topic)) {
        String application = application(topic, groups);
        if (!application.isEmpty()) {
          missing.computeIfAbsent(application, any -> new TreeSet<>()).add(topic);
        }
      }
    }
    List<String> texts = new ArrayList<>();
    missing.forEach((application, its) -> texts.add(text(application, its)));
    return texts;
  }

  /** The longest of the groups' ids that the name begins with; empty if there is none. */
  private static String application(String topic, Set<String> groups) {
    for (int end = topic.lastIndexOf('-'); end > 0; end = topic.lastIndexOf('-', end - 1)) {
      String id = topic.substring(0, end);
      if (groups.contains(id)) {
        return id;
      }
    }
    return "";
  }

  private static String text(String application, Set<String> topics) {
    String named = String.join(", ", topics.stream().limit(NAMED).toList());
    String more = topics.size() > NAMED ? ", and %d more".formatted(topics.size() - NAMED) : "";
    return "internal topics of the Kafka Streams application %s are not selected: %s%s; in the target it would continue without what they hold: select them, too"
        .formatted(application, named, more);
  }
}
