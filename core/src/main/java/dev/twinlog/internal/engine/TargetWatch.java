package dev.twinlog.internal.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * Remembers which target topics this link writes to and what their ids were, so that one that is
 * deleted or created again is noticed. Confined to the control thread.
 */
final class TargetWatch {
  private final Map<String, Optional<Uuid>> seen = new HashMap<>();
  private boolean suspicious;

  void seen(String targetTopic, Optional<Uuid> id) {
    seen.put(targetTopic, id);
  }

  Map<String, Optional<Uuid>> topics() {
    return seen;
  }

  /** Writes get no answer: look at the target's topics soon, not only at the next discovery. */
  void suspect() {
    suspicious = true;
  }

  /** Whether someone was suspicious since this was last asked. */
  boolean takeSuspicion() {
    boolean was = suspicious;
    suspicious = false;
    return was;
  }
}
