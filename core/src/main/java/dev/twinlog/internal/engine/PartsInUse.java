package dev.twinlog.internal.engine;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The sources, sinks and stores of the links that run in this JVM: one object serves one link at a
 * time, since it is closed with the link. Thread-safe.
 */
final class PartsInUse {
  private static final IdentityHashMap<Object, String> USERS = new IdentityHashMap<>();

  private PartsInUse() {}

  /** What a link has taken, until it has ended. */
  static final class Claim {
    private final List<Object> parts;

    private Claim(List<Object> parts) {
      this.parts = parts;
    }

    /** Others may use the parts. Idempotent. */
    void release() {
      synchronized (USERS) {
        parts.forEach(USERS::remove);
        parts.clear();
      }
    }
  }

  /**
   * Takes the link's parts.
   *
   * @throws IllegalStateException if another link runs with one of them; nothing is taken then
   */
  static Claim claim(LinkSettings settings) {
    IdentityHashMap<Object, String> parts = new IdentityHashMap<>();
    settings.progressStore().ifPresent(store -> parts.put(store, "progress store"));
    parts.put(settings.sink(), "sink");
    parts.put(settings.source(), "source");
    synchronized (USERS) {
      parts.forEach(
          (part, role) -> {
            String user = USERS.get(part);
            if (user != null) {
              throw new IllegalStateException(
                  ("link %s can't be started: its %s (%s) is in use by link %s, which runs; one object"
                          + " serves one link, build another one for this")
                      .formatted(settings.link(), role, part, user));
            }
          });
      parts.keySet().forEach(part -> USERS.put(part, settings.link()));
    }
    return new Claim(new ArrayList<>(parts.keySet()));
  }
}
