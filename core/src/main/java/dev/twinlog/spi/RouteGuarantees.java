package dev.twinlog.spi;

import java.util.Map;

/**
 * The ability of a {@link RecoverableSink} to report the current guarantee of routes for which
 * less, or something special, holds.
 *
 * <p><b>Threading.</b> Any thread. <b>Errors.</b> None. <b>Blocking.</b> Never.
 */
public interface RouteGuarantees {

  /**
   * The guarantee of a route.
   *
   * @param exact whether each record still arrives once
   * @param why in a sentence, for people
   */
  record Guarantee(boolean exact, String why) {}

  /** By route; without those for which nothing special holds. */
  Map<Route, Guarantee> guarantees();
}
