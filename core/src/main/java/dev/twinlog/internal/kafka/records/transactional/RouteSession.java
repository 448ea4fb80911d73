package dev.twinlog.internal.kafka.records.transactional;

import java.util.Map;

/**
 * What a route's last recovery permits: the producers that it may be written through, and the
 * record behind which it continues.
 *
 * @param id see {@link RouteState#session}
 * @param codec the codec of the producers
 * @param isolated whether the route is written in its own transactions
 * @param instances by transactional id
 * @param tail the end of the route; used by the one loop that writes the route
 */
record RouteSession(
    long id,
    String codec,
    boolean isolated,
    Map<String, ProducerInstance> instances,
    RouteTail tail) {
  RouteSession {
    instances = Map.copyOf(instances);
  }
}
