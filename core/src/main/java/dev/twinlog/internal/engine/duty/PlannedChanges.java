package dev.twinlog.internal.engine.duty;

import dev.twinlog.SyncChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a sync would change if it ran now.
 *
 * @param notes what differs and is left as it is, and why; one sentence each
 */
public record PlannedChanges(List<Change> changes, List<String> notes) {

  /** Nothing to change. */
  public static final PlannedChanges NONE = new PlannedChanges(List.of(), List.of());

  public PlannedChanges {
    changes = List.copyOf(changes);
    notes = List.copyOf(notes);
  }

  /** Changes, and notes by target topic. */
  public static PlannedChanges of(List<Change> changes, Map<String, List<String>> notes) {
    List<String> all = new ArrayList<>();
    notes.forEach(
        (topic, ofTopic) ->
            ofTopic.forEach(note -> all.add("topic %s: %s".formatted(topic, note))));
    return new PlannedChanges(changes, all);
  }

  /** One change; see {@link SyncChange}. */
  public record Change(
      SyncChange.Kind kind, String resource, Optional<String> before, Optional<String> after) {}
}
