package dev.twinlog.internal.engine;

import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Tracks the sources, sinks and stores of the links that run in this JVM. One object serves one
 * link at a time, since it is closed with the link. Thread-safe.
 */
final class PartsInUse {
  private static final IdentityHashMap<Object, String> USERS = new IdentityHashMap<>();

  private PartsInUse() {}

  /** The parts that a link uses until it has ended. */
  static final class Reservation {
    private final List<Object> parts;

    private Reservation(List<Object> parts) {
      this.parts = parts;
    }

    /** Makes the parts available to other links. Idempotent. */
    void release() {
      synchronized (USERS) {
        parts.forEach(USERS::remove);
        parts.clear();
      }
    }
  }

  /**
   * Reserves the link's parts.
   *
   * @throws IllegalStateException if another running link uses one of them; then none is reserved
   */
  static Reservation reserve(LinkSettings settings) {
    IdentityHashMap<Object, String> parts = new IdentityHashMap<>();
    settings
        .find(LinkOptions.PROGRESS_STORE)
        .ifPresent(store -> parts.put(store, "progress store"));
    parts.put(settings.sink(), "sink");
    parts.put(settings.source(), "source");
    synchronized (USERS) {
      parts.forEach(
          (part, role) -> {
            String user = USERS.get(part);
            if (user != null) {
              throw new IllegalStateException(
                  ("link %s can't be started: its %s (%s) is in use by the running link %s; one object"
                          + " serves one link, build another one for this link")
                      .formatted(settings.link(), role, part, user));
            }
          });
      parts.keySet().forEach(part -> USERS.put(part, settings.link()));
    }
    return new Reservation(new ArrayList<>(parts.keySet()));
  }
}
