package dev.twinlog.internal.engine.duty;

import dev.twinlog.SyncChange;
import java.util.List;
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

  /** One change; see {@link SyncChange}. */
  public record Change(
      SyncChange.Kind kind, String resource, Optional<String> before, Optional<String> after) {}
}
