package dev.twinlog.internal.engine;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.util.List;
import java.util.Map;

/**
 * What holds for a partition right now.
 *
 * @param guarantee how often each record arrives
 * @param why in a sentence, for people
 */
public record CurrentGuarantee(DeliveryGuarantee guarantee, String why) {
  static final CurrentGuarantee NOT_OPENED =
      new CurrentGuarantee(DeliveryGuarantee.AT_LEAST_ONCE, "not opened yet");

  private static final CurrentGuarantee CANNOT_RECOVER =
      new CurrentGuarantee(
          DeliveryGuarantee.AT_LEAST_ONCE, "the sink can't say after a crash what it holds");
  private static final CurrentGuarantee CHOSEN =
      new CurrentGuarantee(
          DeliveryGuarantee.AT_LEAST_ONCE, "the link's delivery guarantee is AT_LEAST_ONCE");
  private static final CurrentGuarantee EXACT =
      new CurrentGuarantee(
          DeliveryGuarantee.EXACTLY_ONCE, "the sink says at each opening what it holds");

  /** What the sink says of all routes now. */
  static Map<Route, Guarantee> ask(LinkSettings settings) {
    return settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
        ? settings.sinkAbilities().guarantees().map(RouteGuarantees::guarantees).orElse(Map.of())
        : Map.of();
  }

  /**
   * Brings together what was asked for, what the sink says and what has happened.
   *
   * @param asked see {@link #ask}
   */
  static CurrentGuarantee of(
      LinkSettings settings,
      PartitionFigures figures,
      List<Route> routes,
      Map<Route, Guarantee> asked) {
    if (settings.guarantee() == DeliveryGuarantee.AT_LEAST_ONCE) {
      return settings.sinkAbilities().recovery().isPresent() ? CHOSEN : CANNOT_RECOVER;
    }
    Guarantee special = null;
    for (Route route : routes) {
      Guarantee found = asked.get(route);
      if (found != null && (special == null || !found.exact())) {
        special = found;
      }
    }
    if (special != null && !special.exact()) {
      return new CurrentGuarantee(DeliveryGuarantee.AT_LEAST_ONCE, special.why());
    }
    String repeated = figures.repeated();
    if (repeated != null) {
      return new CurrentGuarantee(DeliveryGuarantee.AT_LEAST_ONCE, repeated);
    }
    return special == null
        ? EXACT
        : new CurrentGuarantee(DeliveryGuarantee.EXACTLY_ONCE, special.why());
  }
}
