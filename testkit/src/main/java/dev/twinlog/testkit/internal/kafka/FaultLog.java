package dev.twinlog.testkit.internal.kafka;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the fatal faults of one cluster: those that end the process of a broker in production.
 * Thread-safe.
 */
public final class FaultLog {
  private final List<IllegalStateException> faults = new ArrayList<>();

  public synchronized RuntimeException record(String what, @Nullable Throwable cause) {
    IllegalStateException fault =
        new IllegalStateException("Fatal fault in an embedded Kafka node: " + what, cause);
    faults.add(fault);
    return fault;
  }

  /** Throws the first fault, with the later ones suppressed; does nothing when there was none. */
  public synchronized void throwIfAny() {
    if (faults.isEmpty()) {
      return;
    }
    IllegalStateException first = faults.get(0);
    IllegalStateException thrown = new IllegalStateException(first.getMessage(), first);
    faults.stream().skip(1).forEach(thrown::addSuppressed);
    throw thrown;
  }
}
