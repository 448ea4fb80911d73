package dev.twinlog.internal.kafka.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How far a link has come with a cluster so far: what it was granted before is refused for some
 * time only, until someone has mended it, and is tried again. Shared by all clients of the cluster.
 * Thread-safe.
 */
public final class ClusterContact {

  /** What the cluster has granted; each step includes those before it. */
  public enum Step {
    NONE,
    /** It has answered a question, so that it takes the credentials. */
    ANSWERED,
    /** The link was connected: everything that it needs at its start was granted. */
    CONNECTED,
    /** Routes were opened for writing. */
    WRITABLE
  }

  private volatile Step reached = Step.NONE;
  private final AtomicInteger tlsFailures = new AtomicInteger();

  public boolean has(Step step) {
    return reached.compareTo(step) >= 0;
  }

  public synchronized void reached(Step step) {
    if (!has(step)) {
      reached = step;
    }
  }

  /**
   * The files that TLS rests on may have been replaced: a client that was made before a handshake
   * failed knows the former ones only.
   */
  void tlsFailed() {
    tlsFailures.incrementAndGet();
  }

  /** How often a TLS handshake has failed. */
  int tlsFailures() {
    return tlsFailures.get();
  }
}
