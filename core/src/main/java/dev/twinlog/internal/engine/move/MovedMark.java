package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import java.util.Optional;
import java.util.UUID;

/**
 * Marks the description of a link as that of a moved one, so that other links don't take it for one
 * that still copies. Stateless.
 */
final class MovedMark {
  private MovedMark() {}

  /** Marks the link whose store was loaded, if it has a description. */
  static void set(StoreAbilities store, UUID move, Deadline deadline) {
    Optional<LinkRegistry> registry = store.registry();
    Optional<LinkDescription> known = registry.flatMap(LinkRegistry::registered);
    if (known.isPresent() && !known.get().moved().equals(Optional.of(move))) {
      deadline.await(
          registry.get().register(known.map(it -> it.moved(Optional.of(move)))),
          "marking the link as moved");
    }
  }
}
