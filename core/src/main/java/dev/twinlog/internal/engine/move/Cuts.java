package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupState;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedGroup.Position;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RouteProgress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** What a switchover makes of the state of a link that does not copy any more. Stateless. */
final class Cuts {
  /** Why a switchover is refused, before the partitions and {@link #unclosed}. */
  static final String LEFT_OPEN =
      "%d partitions were copied before, are not selected now, and were not closed";

  private Cuts() {}

  /** Where the copy of a partition ends. */
  static Seam seam(Progress progress, Contact contact, boolean fenced) {
    Map<TopicPartition, Long> targets = new HashMap<>();
    for (RouteProgress route : progress.routes()) {
      targets.merge(route.route().target(), route.targetNext(), Math::max);
    }
    return new Seam(fenced, "", progress.sourceNext(), targets, Map.of(), contact);
  }

  /**
   * Where the copy of a partition has ended that is not selected any more, or not there any more:
   * what its source has got since then is not known, and not wanted.
   */
  static Seam left(Progress progress, boolean exactlyOnce) {
    Seam seam = seam(progress, Contact.NONE, exactlyOnce);
    return exactlyOnce || progress.clean()
        ? seam
        : new Seam(
            false,
            Fencing.AT_LEAST_ONCE,
            seam.sourceCut(),
            seam.targets(),
            seam.held(),
            seam.last());
  }

  /** Whether a seam is one of {@link #left}. */
  static boolean isLeft(MoveHeader move, Seam seam) {
    return move.verb().equals(Switchover.VERB) && seam.last().end() == Seam.UNKNOWN;
  }

  /**
   * Why it is not known where the copy of a partition has ended that is not selected any more;
   * empty if it is.
   */
  static Optional<String> unclosed(Progress progress, boolean exactlyOnce) {
    return progress.clean() || !exactlyOnce
        ? Optional.empty()
        : Optional.of(
            "the target may have records of it behind source offset %d: select it again and start the link, which finds out, or move the link by failover()"
                .formatted(progress.sourceNext()));
  }

  /** What has become of a group. */
  static MovedGroup group(GroupView view) {
    List<Position> positions = new ArrayList<>();
    view.snapshot()
        .positions()
        .forEach(
            (partition, at) ->
                positions.add(
                    new Position(
                        partition,
                        at.source(),
                        at.targets(),
                        at.exact() ? 0 : MovedGroup.UNKNOWN,
                        at.reason())));
    return new MovedGroup(view.state().name(), view.snapshot().reason(), positions);
  }

  /** Whether a group that is found in this state must not be moved. */
  static boolean isDoubt(GroupState state, SwitchoverOptions options) {
    return switch (state) {
      case DENIED -> true;
      case ACTIVE, LOCAL -> !options.allowsActiveGroups();
      // what can't be translated is known before, and left to do
      case SYNCED, AHEAD, PARTIAL, SHARED_TARGET, OTHER_TYPE, UNAVAILABLE, DELETED -> false;
    };
  }

  /** As {@link #isDoubt}, of a group that was to be synced when it was checked. */
  static boolean isDoubtNow(GroupState state, SwitchoverOptions options) {
    return state == GroupState.UNAVAILABLE || isDoubt(state, options);
  }
}
