package dev.twinlog.internal.kafka.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a cluster has granted a link so far: if something is refused that was granted before, it is
 * retried, since the refusal may be temporary. Shared by all clients of the cluster. Thread-safe.
 */
public final class ClusterContact {

  /** What the cluster has granted; each step includes those before it. */
  public enum Step {
    NONE,
    /** It has answered a request, so it accepts the credentials. */
    ANSWERED,
    /** The link was connected: everything that it needs at its start was granted. */
    CONNECTED,
    /** Routes were opened for writing. */
    WRITABLE
  }

  private volatile Step reached = Step.NONE;
  private final AtomicInteger outdated = new AtomicInteger();

  public boolean has(Step step) {
    return reached.compareTo(step) >= 0;
  }

  public synchronized void reached(Step step) {
    if (!has(step)) {
      reached = step;
    }
  }

  /**
   * Notes that the key and trust stores, or the credentials, were refused. They may have been
   * replaced, which clients that were created before don't know.
   */
  void mayBeOutdated() {
    outdated.incrementAndGet();
  }

  /** Returns how often they were refused. */
  int outdated() {
    return outdated.get();
  }
}
