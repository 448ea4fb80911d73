package dev.twinlog.internal.engine.move;

import dev.twinlog.GroupState;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.internal.engine.shared.GroupView;
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
import org.apache.kafka.common.TopicPartition;

/** What a switchover makes of the state of a link that does not copy any more. Stateless. */
final class Cuts {
  private Cuts() {}

  /** Where the copy of a partition ends. */
  static Seam seam(Progress progress, Contact contact, boolean fenced) {
    Map<TopicPartition, Long> targets = new HashMap<>();
    for (RouteProgress route : progress.routes()) {
      targets.merge(route.route().target(), route.targetNext(), Math::max);
    }
    return new Seam(fenced, "", progress.sourceNext(), targets, Map.of(), contact);
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
