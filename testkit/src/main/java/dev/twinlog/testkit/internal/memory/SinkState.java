package dev.twinlog.testkit.internal.memory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The state that the writers of one in-memory sink share: the acknowledgement mode and the faults.
 * Guarded by the cluster's lock, except the list of writers, which is thread-safe.
 */
public final class SinkState {

  /** When writes are appended and acknowledged. */
  public enum Acknowledging {
    AT_ONCE,
    ON_FLUSH,
    BY_HAND
  }

  private final WriteFaults faults = new WriteFaults();
  private final List<InMemoryWriter> writers = new CopyOnWriteArrayList<>();
  private Acknowledging acknowledging = Acknowledging.AT_ONCE;
  private Duration ackDelay = Duration.ZERO;

  public WriteFaults faults() {
    return faults;
  }

  /** The writers that are open. */
  public List<InMemoryWriter> writers() {
    return writers;
  }

  Acknowledging acknowledging() {
    return acknowledging;
  }

  public void acknowledging(Acknowledging mode) {
    acknowledging = mode;
  }

  Duration ackDelay() {
    return ackDelay;
  }

  public void ackDelay(Duration delay) {
    ackDelay = delay;
  }
}
