package dev.twinlog;

import java.util.ArrayList;
import java.util.List;

/**
 * What the syncs of a link would change in the target if they ran now, as {@link Replicator#plan}
 * has found it. Immutable.
 */
public final class SyncPlan {
  private static final int MOST_CHANGES = 40;
  private static final int MOST_NOTES = 15;

  private final String link;
  private final List<SyncChange> changes;
  private final List<String> notes;

  SyncPlan(String link, List<SyncChange> changes, List<String> notes) {
    this.link = link;
    this.changes = List.copyOf(changes);
    this.notes = List.copyOf(notes);
  }

  /** The link's name. */
  public String link() {
    return link;
  }

  /** The changes, by the sync that makes them: topics, configs, ACLs, groups. */
  public List<SyncChange> changes() {
    return changes;
  }

  /** What differs and is left as it is, or could not be compared, and why; one sentence each. */
  public List<String> notes() {
    return notes;
  }

  /** Whether nothing would be changed. {@link #notes()} may still say what differs. */
  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /** A table for people, of at most 60 lines; what is left out is counted. */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "plan of link %s: %s"
            .formatted(link, isEmpty() ? "nothing to change" : changes.size() + " changes"));
    add(lines, changes, MOST_CHANGES, "changes");
    if (!notes.isEmpty()) {
      lines.add("left as it is:");
      add(lines, notes, MOST_NOTES, "notes");
    }
    return String.join("\n", lines);
  }

  private static void add(List<String> lines, List<?> entries, int most, String what) {
    entries.stream().limit(most).forEach(entry -> lines.add("  " + entry));
    if (entries.size() > most) {
      lines.add("  and %d more %s".formatted(entries.size() - most, what));
    }
  }
}
