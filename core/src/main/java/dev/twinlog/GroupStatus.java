package dev.twinlog;

import dev.twinlog.internal.status.GroupSnapshot;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Where a consumer group stands in the target: a snapshot. Immutable. */
public final class GroupStatus {
  private final GroupState state;
  private final GroupSnapshot values;

  GroupStatus(GroupState state, GroupSnapshot values) {
    this.state = state;
    this.values = values;
  }

  /** The group's state. */
  public GroupState state() {
    return state;
  }

  /** Why it is not simply synced, in words; empty if it is. */
  public String reason() {
    return values.reason();
  }

  /** The group's positions, by source partition, in the order of topic and number. */
  public Map<TopicPartition, Position> positions() {
    Map<TopicPartition, Position> positions = new LinkedHashMap<>();
    values.positions().forEach((partition, value) -> positions.put(partition, new Position(value)));
    return Collections.unmodifiableMap(positions);
  }

  @Override
  public String toString() {
    return reason().isEmpty() ? state().toString() : "%s (%s)".formatted(state(), reason());
  }

  /** A position of a group in a source partition, and what has become of it. Immutable. */
  public static final class Position {
    private final GroupSnapshot.Position values;

    private Position(GroupSnapshot.Position values) {
      this.values = values;
    }

    /** The group's offset in the source, as it was last read. */
    public long source() {
      return values.source();
    }

    /**
     * The group's offsets in the target, as they were last written, by target partition: one, or
     * several where the source partition is written to several. Empty if there is none.
     */
    public Map<TopicPartition, Long> targets() {
      return Collections.unmodifiableMap(values.targets());
    }

    /**
     * Whether the group reads nothing twice if it continues in the target. Where not, it misses
     * nothing either.
     */
    public boolean isExact() {
      return values.exact();
    }

    /** Why the position is not in the target, or not as in the source; empty if it is. */
    public String reason() {
      return values.reason();
    }

    @Override
    public String toString() {
      return "%d -> %s%s"
          .formatted(source(), targets(), reason().isEmpty() ? "" : " (%s)".formatted(reason()));
    }
  }
}
