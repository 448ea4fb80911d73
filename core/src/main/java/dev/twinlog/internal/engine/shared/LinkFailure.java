package dev.twinlog.internal.engine.shared;

import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The failure that ends the link, if there is one; the first one reported wins. Confined to the
 * control thread.
 */
public final class LinkFailure {
  private static final int MOST_CAUSES = 20;

  private final Link link;
  private @Nullable ReplicationException failure;
  private volatile boolean closing;
  private boolean ended;

  public LinkFailure(Link link) {
    this.link = link;
  }

  /** The link can't continue; it ends at the end of the control agent's step. */
  public void fail(ReplicationException cause) {
    if (failure == null) {
      failure = cause;
    }
  }

  public @Nullable ReplicationException failure() {
    return failure;
  }

  /** The link is being closed, for which blocked calls may be interrupted. Any thread. */
  public void closing() {
    closing = true;
  }

  /** Everything is being released: failures from now on are not errors. */
  public void ended() {
    ended = true;
  }

  /** Whether an error is a consequence of closing. */
  public boolean isByClosing(Throwable cause) {
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

  /** Reports an error; one that can't be retried ends the link. */
  public void error(RuntimeException cause) {
    if (cause instanceof LinkFailedException fatal) {
      fail(fatal);
    } else if (!isByClosing(cause)) {
      link.error(asReplicationException(cause));
    }
  }

  /** Converts an exception; an unknown one counts as retriable. */
  public static ReplicationException asReplicationException(Throwable error) {
    return FailedStage.asReplicationException("", error);
  }
}
