package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.control.GroupTargets.Target;
import dev.twinlog.internal.progress.GroupLedger;
import dev.twinlog.internal.status.GroupSnapshot.Position;
import dev.twinlog.spi.GroupStore.GroupPosition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Makes the positions of a consumer group as they are shown, from what the link keeps of it anyway:
 * of many groups that are kept in step few are looked at. Immutable.
 *
 * @param source its positions in the source
 * @param targets where they belong in the target
 * @param ledger what was written
 * @param held why a position was not written, by target partition
 * @param repeats whether something is read twice in any case, see {@link KnownGroup#isShared}
 */
record ShownPositions(
    Map<TopicPartition, GroupPosition> source,
    GroupTargets targets,
    GroupLedger ledger,
    Map<TopicPartition, String> held,
    boolean repeats)
    implements Supplier<Map<TopicPartition, Position>> {
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  ShownPositions {
    held = Map.copyOf(held);
  }

  @Override
  public Map<TopicPartition, Position> get() {
    Map<TopicPartition, Map<TopicPartition, Long>> written = new HashMap<>();
    Map<TopicPartition, Boolean> exact = new HashMap<>();
    Map<TopicPartition, String> reasons = new HashMap<>(targets.missing());
    targets
        .positions()
        .forEach(
            (partition, target) -> {
              boolean there = isWritten(partition, target);
              for (TopicPartition from : target.sources()) {
                if (there) {
                  written
                      .computeIfAbsent(from, any -> new HashMap<>(2))
                      .put(partition, target.offset());
                }
                exact.merge(from, target.exact() && !repeats, Boolean::logicalAnd);
                String why = held.get(partition);
                if (why != null) {
                  reasons.putIfAbsent(from, why);
                }
              }
            });
    Map<TopicPartition, Position> positions = new TreeMap<>(BY_NAME);
    source.forEach(
        (partition, position) ->
            positions.put(
                partition,
                new Position(
                    position.offset(),
                    Map.copyOf(written.getOrDefault(partition, Map.of())),
                    exact.getOrDefault(partition, false),
                    reasons.getOrDefault(partition, ""))));
    return positions;
  }

  private boolean isWritten(TopicPartition partition, Target target) {
    GroupLedger.Commit commit = ledger.commit(partition);
    return commit != null && commit.is(target.offset(), target.metadata());
  }
}
