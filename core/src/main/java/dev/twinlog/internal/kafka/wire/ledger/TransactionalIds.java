package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;

/**
 * The names under which routes have their producer ids, {@code twinlog.<link>.<generation>/<target
 * topic>/<target partition>/<source topic>/<source partition>}.
 *
 * <p>No two routes share one: a link's name has no dot, the name of a target topic no slash, so
 * both ends can be read off without a doubt, and what is left in the middle is the source topic,
 * whatever it is made of. All of a link begin with {@code twinlog.<link>.}, as its other ids do,
 * which is what a permission can be given for. Stateless.
 */
final class TransactionalIds {
  private TransactionalIds() {}

  static String of(String link, int generation, Route route) {
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
