package dev.twinlog.testkit.simulator.model;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * Chooses who leads a partition next. A broker only cuts its own log off behind another leader, or
 * when it starts: so a leader that loses what was acknowledged is not elected again for a while,
 * unless its connections break as well.
 */
final class Elections {
  /** No cluster elects another leader and the former one again in less. */
  private static final long AWAY_NANOS = Duration.ofSeconds(31).toNanos();

  private final ModelWorld world;
  private final IntConsumer breakConnectionsTo;

  /** Until when a broker does not lead a partition again. */
  private final Map<ModelPartition, Map<Integer, Long>> awayUntil = new HashMap<>();

  Elections(ModelWorld world, IntConsumer breakConnectionsTo) {
    this.world = world;
    this.breakConnectionsTo = breakConnectionsTo;
  }

  /** The present leader is about to lose what was acknowledged. */
  void loses(ModelPartition partition) {
    awayUntil
        .computeIfAbsent(partition, any -> new HashMap<>())
        .put(partition.leader(), world.agenda().now() + AWAY_NANOS);
  }

  /** One of these brokers. */
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
