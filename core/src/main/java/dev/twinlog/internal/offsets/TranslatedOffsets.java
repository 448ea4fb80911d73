package dev.twinlog.internal.offsets;

import dev.twinlog.Offsets;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Translates offsets by a translator that reads a history. Thread-safe if both are. */
public final class TranslatedOffsets implements Offsets {
  private final OffsetTranslator translator;
  private final OffsetHistory history;

  public TranslatedOffsets(OffsetTranslator translator, OffsetHistory history) {
    this.translator = translator;
    this.history = history;
  }

  @Override
  public Translation toTarget(TopicPartition source, long offset) {
    check(offset);
    return translator.toTarget(source, offset, history);
  }

  @Override
  public Translation toSource(TopicPartition target, long offset) {
    check(offset);
    return translator.toSource(target, offset, history);
  }

  @Override
  public Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset) {
    check(offset);
    Map<TopicPartition, Translation> all = new LinkedHashMap<>();
    for (Route route : history.routesFrom(source)) {
      all.put(route.target(), translator.toTarget(source, offset, new OneRoute(route)));
    }
    return all;
  }

  @Override
  public Map<TopicPartition, Translation> toSources(TopicPartition target, long offset) {
    check(offset);
    Map<TopicPartition, Translation> all = new LinkedHashMap<>();
    for (Route route : history.routesInto(target)) {
      all.put(route.source(), translator.toSource(target, offset, new OneRoute(route)));
    }
    return all;
  }

  private static void check(long offset) {
    if (offset < 0) {
      throw new IllegalArgumentException("an offset must not be negative, but is " + offset);
    }
  }

  /** The history restricted to one route. */
  private final class OneRoute implements OffsetHistory {
    private final Route route;

    OneRoute(Route route) {
      this.route = route;
    }

    @Override
    public List<Route> routesFrom(TopicPartition source) {
      return source.equals(route.source()) ? List.of(route) : List.of();
    }

    @Override
    public List<Route> routesInto(TopicPartition target) {
      return target.equals(route.target()) ? List.of(route) : List.of();
    }

    @Override
    public Translation toTarget(Route asked, long offset) {
      return history.toTarget(asked, offset);
    }

    @Override
    public Translation toSource(Route asked, long offset) {
      return history.toSource(asked, offset);
    }
  }
}
