package dev.twinlog.testkit.simulator.model;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Chooses the next leader of a partition. A broker truncates its log only as a follower of another
 * leader, or when it starts: so a leader that loses acknowledged records is not elected again for a
 * while, unless its connections break as well.
 */
final class Elections {
  /** The least time in which a cluster elects another leader and then the former one again. */
  private static final long AWAY_NANOS = Duration.ofSeconds(31).toNanos();

  private final ModelWorld world;
  private final IntConsumer breakConnectionsTo;

  /** Until when a broker may not lead a partition again. */
  private final Map<ModelPartition, Map<Integer, Long>> awayUntil = new HashMap<>();

  Elections(ModelWorld world, IntConsumer breakConnectionsTo) {
    this.world = world;
    this.breakConnectionsTo = breakConnectionsTo;
  }

  /** Notes that the present leader is about to lose acknowledged records. */
  void loses(ModelPartition partition) {
    awayUntil
        .computeIfAbsent(partition, any -> new HashMap<>())
        .put(partition.leader(), world.agenda().now() + AWAY_NANOS);
  }

  /** Chooses one of these brokers. */
  int next(ModelPartition partition, List<Integer> alive) {
    Map<Integer, Long> away = awayUntil.getOrDefault(partition, Map.of());
    List<Integer> others =
        alive.stream().filter(one -> away.getOrDefault(one, 0L) <= world.agenda().now()).toList();
    List<Integer> from = others.isEmpty() ? alive : others;
    int chosen = from.get(world.random().nextInt(from.size()));
    if (others.isEmpty()) {
      breakConnectionsTo.accept(chosen);
    }
    return chosen;
  }
}
