package dev.twinlog.spi;

import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** The translators that come with the library. Stateless. */
enum BuiltInTranslators implements OffsetTranslator {
  EXACT {
    @Override
    Translation toTarget(Route route, long offset, OffsetHistory history) {
      return history.toTarget(route, offset);
    }

    @Override
    Translation toSource(Route route, long offset, OffsetHistory history) {
      return history.toSource(route, offset);
    }
  },

  IDENTITY {
    @Override
    Translation toTarget(Route route, long offset, OffsetHistory history) {
      return history.toTarget(route, offset) instanceof Pending pending
          ? pending
          : new Exact(route.target(), offset);
    }

    @Override
    Translation toSource(Route route, long offset, OffsetHistory history) {
      return history.toSource(route, offset) instanceof Pending pending
          ? pending
          : new Exact(route.source(), offset);
    }
  };

  abstract Translation toTarget(Route route, long offset, OffsetHistory history);

  abstract Translation toSource(Route route, long offset, OffsetHistory history);

  @Override
  public Translation toTarget(TopicPartition source, long offset, OffsetHistory history) {
    List<Route> routes = history.routesFrom(source);
    return switch (routes.size()) {
      case 0 -> new Unavailable("the link has copied nothing of " + source + " yet");
      case 1 -> toTarget(routes.get(0), offset, history);
      default ->
          new Unavailable(
              "%s feeds %d partitions, from %s to %s: ask for all of them by toTargets"
                  .formatted(
                      source,
                      routes.size(),
                      routes.get(0).target(),
                      routes.get(routes.size() - 1).target()));
    };
  }

  @Override
  public Translation toSource(TopicPartition target, long offset, OffsetHistory history) {
    List<Route> routes = history.routesInto(target);
    return switch (routes.size()) {
      case 0 -> new Unavailable("the link has copied nothing into " + target + " yet");
      case 1 -> toSource(routes.get(0), offset, history);
      default ->
          new Unavailable(
              "%s is fed by %d partitions, from %s to %s: ask for all of them by toSources"
                  .formatted(
                      target,
                      routes.size(),
                      routes.get(0).source(),
                      routes.get(routes.size() - 1).source()));
    };
  }
}
