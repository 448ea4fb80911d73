package dev.twinlog.internal.engine;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.ReplicationException;
import org.jspecify.annotations.Nullable;

/**
 * What has ended the link, if anything has; the first failure wins. Confined to the control thread.
 */
final class LinkFate {
  private final Link link;
  private @Nullable ReplicationException failure;

  LinkFate(Link link) {
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

  /** Takes down an error: one that can't heal by itself ends the link. */
  void error(RuntimeException cause) {
    if (cause instanceof LinkFailedException fatal) {
      fail(fatal);
    } else {
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
