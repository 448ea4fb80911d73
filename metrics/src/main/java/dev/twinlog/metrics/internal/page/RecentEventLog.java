package dev.twinlog.metrics.internal.page;

import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicatorStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The last events of a link, a bounded number. Thread-safe. */
public final class RecentEventLog {
  public static final int MOST_EVENTS = 200;

  /** How far apart events of different partitions may be that are kept as one. */
  private static final Duration ALIKE = Duration.ofSeconds(10);

  /** Among how many of the last events one like it is looked for: faults come in pairs. */
  private static final int LAST = 4;

  /** Between these a partition changes all the time; a closed link says so once, for all. */
  private static final Set<PartitionState> USUAL =
      EnumSet.of(
          PartitionState.OPENING,
          PartitionState.COPYING,
          PartitionState.CAUGHT_UP,
          PartitionState.CLOSED);

  /**
   * An event.
   *
   * @param name the name of the method of {@code ReplicationListener}
   * @param more how many events like it, of other partitions or groups, it stands for as well
   */
  public record Event(Instant at, String name, String text, int more) {}

  private static final class Entry {
    final Instant at;
    final String name;
    final String kind;
    final String text;
    int more;

    Entry(Instant at, String name, String kind, String text) {
      this.at = at;
      this.name = name;
      this.kind = kind;
      this.text = text;
    }
  }

  private final Deque<Entry> newestFirst = new ArrayDeque<>(MOST_EVENTS);
  private final Clock clock;

  public RecentEventLog(Clock clock) {
    this.clock = clock;
  }

  /** The newest first. */
  public synchronized List<Event> events() {
    List<Event> all = new ArrayList<>(newestFirst.size());
    newestFirst.forEach(each -> all.add(new Event(each.at, each.name, each.text, each.more)));
    return all;
  }

  public synchronized void add(String name, String text) {
    keep(new Entry(clock.instant(), name, "", shortened(text)));
  }

  private void keep(Entry newest) {
    newestFirst.addFirst(newest);
    if (newestFirst.size() > MOST_EVENTS) {
      newestFirst.removeLast();
    }
  }

  /**
   * Adds an event, or counts it with one of the last events of that name and kind: all partitions
   * of a cluster that is away have the same event.
   */
  public synchronized void addAlike(String name, String kind, String text) {
    Instant now = clock.instant();
    Iterator<Entry> last = newestFirst.iterator();
    for (int i = 0; i < LAST && last.hasNext(); i++) {
      Entry each = last.next();
      if (each.name.equals(name) && each.kind.equals(kind) && each.at.plus(ALIKE).isAfter(now)) {
        each.more++;
        return;
      }
    }
    keep(new Entry(now, name, kind, shortened(text)));
  }

  /** The page shows no more of a text, so no more is kept of it. */
  private static String shortened(String text) {
    return text.length() <= JsonWriter.LONGEST_TEXT
        ? text
        : text.substring(0, JsonWriter.LONGEST_TEXT) + "…";
  }

  public void linkStateChanged(LinkState from, LinkState to, String reason) {
    add("linkStateChanged", "%s to %s: %s".formatted(from, to, reason));
  }

  public void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {
    if (!USUAL.contains(from) || !USUAL.contains(to)) {
      String change = from + " to " + to;
      addAlike("partitionStateChanged", change, "%s %s: %s".formatted(source, change, reason));
    }
  }

  public void groupSynced(String group) {
    addAlike("groupSynced", "", group);
  }

  public void groupHeld(String group, GroupState state, String reason) {
    addAlike("groupHeld", state.name(), "%s %s: %s".formatted(group, state, reason));
  }

  public void noted(String topic, String note) {
    add("noted", topic + ": " + note);
  }

  /** Adds what has changed between two statuses; what came and went in between is not seen. */
  public void changes(ReplicatorStatus before, ReplicatorStatus now) {
    if (before.state() != now.state()) {
      linkStateChanged(before.state(), now.state(), now.reason());
    }
    for (Map.Entry<TopicPartition, PartitionStatus> each : now.partitions().entrySet()) {
      PartitionStatus last = before.partitions().get(each.getKey());
      PartitionStatus one = each.getValue();
      if (last != null && last.state() != one.state()) {
        partitionStateChanged(each.getKey(), last.state(), one.state(), one.reason());
      }
    }
    now.groups().forEach((id, group) -> groupChange(id, before.groups().get(id), group));
    now.notes()
        .forEach(
            (topic, notes) ->
                notes.stream()
                    .filter(note -> !before.notes().getOrDefault(topic, List.of()).contains(note))
                    .forEach(note -> noted(topic, note)));
  }

  private void groupChange(String id, @Nullable GroupStatus before, GroupStatus now) {
    if (before == null || before.state() == now.state()) {
      return;
    }
    if (!now.state().isSynced()) {
      groupHeld(id, now.state(), now.reason());
    } else if (!before.state().isSynced()) {
      groupSynced(id);
    }
  }
}
