package dev.twinlog.internal.engine;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * What has ended the link, if anything has; the first failure wins. Confined to the control thread.
 */
final class LinkFailure {
  private static final int MOST_CAUSES = 20;

  private final Link link;
  private @Nullable ReplicationException failure;
  private volatile boolean closing;
  private boolean ended;

  LinkFailure(Link link) {
    this.link = link;
  }

  /** The link can't go on; it ends when the control agent's step does. */
  void fail(ReplicationException cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  @Nullable ReplicationException failure() {
    return failure;
  }

  /** The link is to be closed: calls that block may be interrupted for that. Any thread. */
  void closing() {
    closing = true;
  }

  /** Everything is being released: what fails for that is no error. */
  void ended() {
    ended = true;
  }

  /** Whether an error is of the closing's own making. */
  boolean isByClosing(Throwable cause) {
    return ended || (closing && isInterrupt(cause));
  }

  private static boolean isInterrupt(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause instanceof InterruptedException || cause instanceof InterruptException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Takes down an error: one that can't heal by itself ends the link. */
  void error(RuntimeException cause) {
    if (cause instanceof LinkFailedException fatal) {
      fail(fatal);
    } else if (!isByClosing(cause)) {
      link.error(Opener.asReplicationException(cause));
    }
  }

  /** Does what may fail; false if it did, which is taken down. */
  boolean attempt(Runnable work) {
    try {
      work.run();
      return true;
    } catch (RuntimeException e) {
      error(e);
      return false;
    }
  }
}
