package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/**
 * The transactional ids of routes, {@code twinlog.<link>.<generation>/<target topic>/<target
 * partition>/<source topic>/<source partition>}.
 *
 * <p>No two routes share one: a link's name contains no dot and a target topic's name no slash, so
 * both ends can be parsed, and the rest is the source topic, whatever characters it contains. All
 * ids of a link begin with {@code twinlog.<link>.}, like its other ids, so that one prefixed ACL
 * covers them. Stateless.
 */
public final class TransactionalIds {
  private TransactionalIds() {}

  public static String of(String link, int generation, Route route) {
    return "twinlog.%s.%d/%s/%d/%s/%d"
        .formatted(
            link,
            generation,
            route.target().topic(),
            route.target().partition(),
            route.source().topic(),
            route.source().partition());
  }
}
