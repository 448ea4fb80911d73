package dev.twinlog.internal.engine.shared;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.util.List;
import java.util.Map;

/**
 * The delivery guarantee that currently applies to a partition.
 *
 * @param guarantee the guarantee
 * @param why the reason, a sentence for operators
 */
public record CurrentGuarantee(DeliveryGuarantee guarantee, String why) {
  static final CurrentGuarantee NOT_OPENED =
      new CurrentGuarantee(DeliveryGuarantee.AT_LEAST_ONCE, "not opened yet");

  private static final CurrentGuarantee CANNOT_RECOVER =
      new CurrentGuarantee(
          DeliveryGuarantee.AT_LEAST_ONCE,
          "after a crash the sink can't report which records it has");
  private static final CurrentGuarantee CHOSEN =
      new CurrentGuarantee(
          DeliveryGuarantee.AT_LEAST_ONCE, "the link's delivery guarantee is AT_LEAST_ONCE");
  private static final CurrentGuarantee EXACT =
      new CurrentGuarantee(
          DeliveryGuarantee.EXACTLY_ONCE, "the sink reports at each opening which records it has");

  /** Returns the sink's guarantees of all routes. */
  public static Map<Route, Guarantee> ask(LinkSettings settings) {
    return settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE
        ? settings.sinkAbilities().guarantees().map(RouteGuarantees::guarantees).orElse(Map.of())
        : Map.of();
  }

  /**
   * Combines the link's setting, the sink's guarantees and repeated records.
   *
   * @param asked see {@link #ask}
   */
  public static CurrentGuarantee of(
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
