package dev.twinlog.testkit.internal.contract;

import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * The offset history of a link that has copied {@link #COPIED} offsets of a few routes, all to the
 * same offset in the target. Partition 0 is copied to partition 0, 1 to both 1 and 2, 2 and 3 to 3.
 */
public final class SampleHistory implements OffsetHistory {
  public static final long COPIED = 1_000;

  private static final List<Route> ROUTES =
      List.of(route(0, 0), route(1, 1), route(1, 2), route(2, 3), route(3, 3));

  public static TopicPartition source(int partition) {
    return new TopicPartition("orders", partition);
  }

  public static TopicPartition target(int partition) {
    return new TopicPartition("eu.orders", partition);
  }

  private static Route route(int source, int target) {
    return new Route(source(source), target(target));
  }

  @Override
  public List<Route> routesFrom(TopicPartition source) {
    return routes().filter(route -> route.source().equals(source)).toList();
  }

  @Override
  public List<Route> routesInto(TopicPartition target) {
    return routes().filter(route -> route.target().equals(target)).toList();
  }

  private static Stream<Route> routes() {
    return ROUTES.stream();
  }

  @Override
  public Translation toTarget(Route route, long offset) {
    return answer(route, route.target(), offset);
  }

  @Override
  public Translation toSource(Route route, long offset) {
    return answer(route, route.source(), offset);
  }

  private static Translation answer(Route route, TopicPartition other, long offset) {
    if (!ROUTES.contains(route)) {
      return new Unavailable("no such route: " + route);
    }
    return offset > COPIED ? new Pending(COPIED) : new Exact(other, offset);
  }
}
