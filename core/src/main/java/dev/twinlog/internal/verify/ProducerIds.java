package dev.twinlog.internal.verify;

import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;

/**
 * Under which producer ids the link has written into a partition, as far as that is known. Confined
 * to one thread.
 */
final class ProducerIds {
  static final long NONE = -1;

  private final Map<Long, Optional<Route>> registered;
  private boolean copiesUnregistered;
  private boolean copiesWithoutId;
  private boolean othersWithId;
  private boolean othersWithoutId;

  /**
   * Starts with what the link has registered.
   *
   * @param registered without a route for an id that serves any of the link's
   */
  ProducerIds(Map<Long, Optional<Route>> registered) {
    this.registered = registered;
  }

  /** The only route that was written under an id; empty if there is none. */
  Optional<Route> routeOf(long id) {
    return registered.getOrDefault(id, Optional.empty());
  }

  /** A copy was found under the id. */
  void copy(long id) {
    if (id == NONE) {
      copiesWithoutId = true;
    } else if (!copiesUnregistered) {
      copiesUnregistered = !registered.containsKey(id);
    }
  }

  /**
   * Records were found under the id that the offset map of a route does not know.
   *
   * @return whether others have written them, as far as is known now
   */
  boolean isOfOthers(long id, Route route) {
    if (id == NONE) {
      othersWithoutId = true;
      return true;
    }
    if (registered.containsKey(id)) {
      return false;
    }
    othersWithId = true;
    return registered.containsValue(Optional.of(route));
  }

  /** Whether copies were found that show that what was taken for others' may be the link's. */
  boolean areDoubtful() {
    return (copiesUnregistered && othersWithId) || (copiesWithoutId && othersWithoutId);
  }
}
