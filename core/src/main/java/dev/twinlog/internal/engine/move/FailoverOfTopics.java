package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupState;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourcePartition;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is special about a failover of some topics of a link. Stateless. */
final class FailoverOfTopics {
  private FailoverOfTopics() {}

  /**
   * Checks whether the topics can be moved now.
   *
   * @param scope of the move
   * @param partitions that the link has copied
   * @return the call that has moved them before; empty if none has
   * @throws ReplicationException if they can't be moved
   */
  static Optional<MovedTopics> before(
      String link,
      MoveScope scope,
      Collection<SourcePartition> partitions,
      MoveEntries.Stored stored) {
    Optional<MoveHeader> whole = stored.header().filter(it -> !LeftSwitchover.isUnfinished(it));
    if (whole.isPresent()) {
      throw new ReplicationException(
          "no topics of link %s can be failed over by themselves: the %s of the whole link was begun at %s by %s; call failover without topics(...) for its report"
              .formatted(
                  link,
                  whole.get().verb(),
                  Instant.ofEpochMilli(whole.get().begunMs()),
                  whole.get().actor()));
    }
    Set<String> selected = scope.selected(partitions);
    if (selected.isEmpty()) {
      Set<String> copied =
          partitions.stream()
              .map(one -> one.partition().topic())
              .collect(Collectors.toCollection(TreeSet::new));
      throw new ReplicationException(
          "topics(...) selects no topic of link %s, which has copied %s".formatted(link, copied));
    }
    if (!scope.moved().containsAll(selected)) {
      return Optional.empty();
    }
    Optional<MovedTopics> by = MoveScope.by(selected, stored);
    if (by.isEmpty()) {
      throw new ReplicationException(
          "these topics of link %s were moved before, by several calls: %s"
              .formatted(link, MoveScope.listedReasons(selected, stored)));
    }
    return by;
  }

  /**
   * Of what has become of groups, that which concerns the topics: a group is not partly in step
   * because the other topics don't move.
   */
  static Map<String, MovedGroup> groups(MoveScope scope, Map<String, MovedGroup> all) {
    Map<String, MovedGroup> some = new TreeMap<>();
    all.forEach(
        (id, group) -> {
          MovedGroup its = group.only(scope::includes);
          boolean isWhole =
              its.state().equals(GroupState.PARTIAL.name())
                  && its.positions().stream().allMatch(one -> one.reason().isEmpty());
          if (!its.positions().isEmpty()) {
            some.put(
                id, isWhole ? new MovedGroup(GroupState.SYNCED.name(), "", its.positions()) : its);
          }
        });
    return some;
  }
}
