package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.partition.Opening.Routed;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The request to a sink to recover the routes of partitions that are being opened. Created by the
 * control thread, and sent once, by the calls.
 */
final class RecoveryRequest {
  private final Map<Route, Optional<RouteProgress>> asked = new LinkedHashMap<>();
  private final Map<Claim, Set<Route>> byClaim = new HashMap<>();
  private final Set<Route> clean = new HashSet<>();

  RecoveryRequest(List<Routed> openings) {
    for (Routed opening : openings) {
      for (Route route : opening.routes().routes()) {
        Optional<RouteProgress> known = opening.known(route);
        asked.put(route, known);
        byClaim.computeIfAbsent(opening.partition().claim(), claim -> new HashSet<>()).add(route);
        if (opening.isClean(known)) {
          clean.add(route);
        }
      }
    }
  }

  Set<Route> routes() {
    return asked.keySet();
  }

  /**
   * Begins to recover the routes. Those whose claim has ended meanwhile are left out, since a
   * recovery fences the other writers of a route.
   */
  CompletionStage<Map<Route, Recovery>> send(RecoverableSink sink, SinkAbilities abilities) {
    byClaim.forEach(
        (claim, routes) -> {
          if (claim.isEnded()) {
            asked.keySet().removeAll(routes);
          }
        });
    clean.retainAll(asked.keySet());
    if (asked.isEmpty()) {
      return CompletableFuture.completedFuture(Map.of());
    }
    return abilities
        .cleanClose()
        .map(informed -> informed.recover(asked, clean))
        .orElseGet(() -> sink.recover(asked));
  }
}
