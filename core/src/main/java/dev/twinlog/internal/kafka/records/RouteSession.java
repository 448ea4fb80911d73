package dev.twinlog.internal.kafka.records;

import java.util.Map;

/**
 * What a route's last recovery allows: the producers that it may be written through, and what it
 * goes on behind.
 *
 * @param id see {@link RouteState#session}
 * @param codec the codec of the producers
 * @param apart whether the route is written in transactions of its own
 * @param incarnations by transactional id
 * @param tail the end of the route; of the one loop that writes the route
 */
record RouteSession(
    long id, String codec, boolean apart, Map<String, ProducerInstance> instances, RouteTail tail) {
  RouteSession {
    instances = Map.copyOf(instances);
  }
}
