package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupMove;
import dev.twinlog.GroupState;
import dev.twinlog.internal.progress.MovedGroup;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/** A consumer group in the report of a move. Immutable. */
record StoredGroup(MovedGroup group) implements GroupMove {
  @Override
  public GroupState state() {
    for (GroupState state : GroupState.values()) {
      if (state.name().equals(group.state())) {
        return state;
      }
    }
    return GroupState.UNAVAILABLE; // a newer version has stored a state that this one doesn't know
  }

  @Override
  public String reason() {
    return group.reason();
  }

  @Override
  public Map<TopicPartition, GroupMove.Position> positions() {
    Map<TopicPartition, GroupMove.Position> positions = new TreeMap<>(StoredMove.BY_NAME);
    group.positions().forEach(each -> positions.put(each.partition(), new At(each)));
    return Collections.unmodifiableMap(positions);
  }

  private record At(MovedGroup.Position position) implements GroupMove.Position {
    @Override
    public long source() {
      return position.source();
    }

    @Override
    public Map<TopicPartition, Long> targets() {
      return position.targets();
    }

    @Override
    public OptionalLong reReadAtMost() {
      return position.reReadAtMost() == MovedGroup.UNKNOWN
          ? OptionalLong.empty()
          : OptionalLong.of(position.reReadAtMost());
    }

    @Override
    public String reason() {
      return position.reason();
    }

    @Override
    public String toString() {
      return "%d -> %s".formatted(source(), targets());
    }
  }

  @Override
  public String toString() {
    return reason().isEmpty() ? state().toString() : "%s (%s)".formatted(state(), reason());
  }
}
