package dev.twinlog.internal.engine;

import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.TopicSelection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The notes of the sink, the source's selection and the store about topics. Confined to the control
 * thread, except {@link #ask}.
 */
final class LinkNotes {
  private final Link link;
  private final StoreAbilities store;

  /** Every topic that existed at some time since the link was connected. */
  private final Set<String> seen = new HashSet<>();

  /** What the source and the sink report. */
  record Answer(
      Map<String, List<String>> sink,
      Optional<Set<String>> missingTopics,
      Optional<String> unmatched) {}

  LinkNotes(Link link, StoreAbilities store) {
    this.link = link;
    this.store = store;
  }

  /** Asks the source and the sink, which don't block. Calls. */
  Answer ask() {
    Map<String, List<String>> notes = new HashMap<>();
    link.settings()
        .sinkAbilities()
        .topics()
        .ifPresent(
            sink -> sink.notes().forEach((topic, texts) -> notes.put(topic, List.copyOf(texts))));
    Optional<TopicSelection> selection = link.settings().sourceAbilities().selection();
    return new Answer(
        notes,
        selection.map(it -> Set.copyOf(it.missingTopics())),
        selection.flatMap(TopicSelection::unmatched));
  }

  /**
   * Publishes the notes.
   *
   * @param topics the topics of the last discovery
   */
  void publish(Answer answer, Set<String> topics) {
    Map<String, List<String>> notes = new HashMap<>();
    answer.sink().forEach((topic, texts) -> notes.put(topic, new ArrayList<>(texts)));
    store
        .notes()
        .ifPresent(
            it -> it.notes().forEach((topic, texts) -> notes.put(topic, new ArrayList<>(texts))));
    answer.missingTopics().ifPresent(missing -> noteMissing(missing, topics, notes));
    answer
        .unmatched()
        .ifPresent(what -> notes.put(what, List.of("no topic of the source is selected by it")));
    link.publishNotes(notes);
  }

  private void noteMissing(
      Set<String> missing, Set<String> topics, Map<String, List<String>> notes) {
    for (String topic : new TreeSet<>(missing)) {
      notes
          .computeIfAbsent(
              link.settings().get(LinkOptions.TOPIC_MAPPER).targetTopic(topic),
              any -> new ArrayList<>())
          .add("topic %s was selected by name and does not exist at the source".formatted(topic));
    }
    // a topic that was deleted since is reported by another event
    seen.addAll(topics);
    Set<String> never = new TreeSet<>(missing);
    never.removeAll(seen);
    link.missingTopics(never);
  }
}
