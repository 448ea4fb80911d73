package dev.twinlog.internal.engine.recovery;

import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.TopicSink;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Detects targets that lost acknowledged records, by comparing their log ends with the progress.
 * Immutable.
 */
public final class LostTails {
  private static final byte[] NO_STATE = {};

  private final Map<Route, Long> acknowledged;
  private final Map<TopicPartition, Long> ends;

  private LostTails(Map<Route, Long> acknowledged, Map<TopicPartition, Long> ends) {
    this.acknowledged = acknowledged;
    this.ends = ends;
  }

  /** Requests the end offsets of the target partitions, if the sink has topics. May block. */
  public static LostTails find(Optional<TopicSink> sink, Collection<RouteProgress> known) {
    Map<Route, Long> acknowledged = new HashMap<>();
    Map<TopicPartition, Long> asked = new HashMap<>();
    if (sink.isPresent()) {
      for (RouteProgress route : known) {
        if (route.targetNext() > 0) {
          acknowledged.put(route.route(), route.targetNext());
          asked.put(route.route().target(), route.targetNext());
        }
      }
    }
    return new LostTails(
        acknowledged,
        sink.isPresent() && !asked.isEmpty() ? sink.get().endOffsets(asked.keySet()) : Map.of());
  }

  /**
   * Returns the routes that lost records.
   *
   * @throws RetriableException if the end of a target partition is unknown
   */
  public Map<Route, Recovery> of(List<Route> routes) {
    Map<Route, Recovery> lost = new LinkedHashMap<>();
    for (Route route : routes) {
      Long next = acknowledged.get(route);
      if (next == null) {
        continue;
      }
      Long end = ends.get(route.target());
      if (end == null) {
        throw new RetriableException(
            "the sink did not return the end offset of target " + route.target());
      }
      if (next > end) {
        lost.put(route, new Recovery.Lost(end, NO_STATE));
      }
    }
    return lost;
  }
}
