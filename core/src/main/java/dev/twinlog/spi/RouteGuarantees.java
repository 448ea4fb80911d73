package dev.twinlog.spi;

import java.util.Map;

/**
 * The ability of a {@link RecoverableSink} to say how it keeps each record once right now, where
 * that is not in the usual way.
 *
 * <p><b>Threading.</b> Any thread. <b>Errors.</b> None. <b>Blocking.</b> Never.
 */
public interface RouteGuarantees {

  /**
   * What holds for a route.
   *
   * @param exact whether each record still arrives once
   * @param why in a sentence, for people
   */
  record Guarantee(boolean exact, String why) {}

  /** By route; those for which nothing special is to be said are left out. */
  Map<Route, Guarantee> guarantees();
}
