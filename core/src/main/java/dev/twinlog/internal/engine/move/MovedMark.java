package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.ReplicationException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks the description of a link as that of a moved one, so that other links don't take it for one
 * that still copies. Stateless.
 */
public final class MovedMark {
  private static final Logger LOG = LoggerFactory.getLogger(MovedMark.class);

  private MovedMark() {}

  /**
   * As {@link #set}, for a link of which it is saved already that it is moved: if the mark can't be
   * set, that is logged.
   */
  public static void trySet(String link, StoreAbilities store, UUID move, Deadline deadline) {
    try {
      set(store, move, deadline);
    } catch (ReplicationException e) {
      failed(link, e);
    }
  }

  /** Says that it could not be set. */
  static void failed(String link, ReplicationException cause) {
    LOG.warn(
        "link {} is moved, but its description could not be marked so, which its next start or reverse() does: until then, links in the other direction are refused as a loop",
        link,
        cause);
  }

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
