package dev.twinlog.internal.kafka.records;

import java.util.Map;

/**
 * What a route's last recovery allows: the producers that it may be written through. Immutable.
 *
 * @param id see {@link RouteState#session}
 * @param codec the codec of the producers
 * @param apart whether the route is written in transactions of its own
 * @param incarnations by transactional id
 */
record RouteSession(long id, String codec, boolean apart, Map<String, Incarnation> incarnations) {
  RouteSession {
    incarnations = Map.copyOf(incarnations);
  }
}
