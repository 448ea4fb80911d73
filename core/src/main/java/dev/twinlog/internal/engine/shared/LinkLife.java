package dev.twinlog.internal.engine.shared;

import dev.twinlog.LinkState;

/**
 * The state of a link, with the data that belongs to it. A {@link LinkEvent} leads from one to the
 * next; the README of this module has the table. Immutable.
 */
public sealed interface LinkLife {

  /** The state that users see. */
  LinkState shown();

  /** Whether the user has paused the link. */
  default boolean isPaused() {
    return false;
  }

  /** Whether the control agent has nothing left to do. */
  default boolean isOver() {
    return false;
  }

  /** It was built with {@code enabled(false)}. */
  record Disabled() implements LinkLife {
    @Override
    public LinkState shown() {
      return LinkState.DISABLED;
    }
  }

  /** It was built and not started. */
  record Built(boolean isPaused) implements LinkLife {
    @Override
    public LinkState shown() {
      return LinkState.NEW;
    }
  }

  /**
   * It tries to connect.
   *
   * @param failures the attempts that have failed
   * @param dueNanos when the next attempt is due
   */
  record Connecting(boolean isPaused, int failures, long dueNanos) implements LinkLife {
    @Override
    public LinkState shown() {
      return LinkState.CONNECTING;
    }
  }

  /**
   * It is connected and copies.
   *
   * @param isReachable whether both clusters have answered the last discovery
   */
  record Running(boolean isPaused, boolean isReachable) implements LinkLife {
    @Override
    public LinkState shown() {
      if (isPaused) {
        return LinkState.PAUSED;
      }
      return isReachable ? LinkState.RUNNING : LinkState.CONNECTING;
    }
  }

  /** It is being closed, and writes what was read. */
  record Draining(long deadlineNanos) implements LinkLife {
    @Override
    public LinkState shown() {
      return LinkState.STOPPING;
    }
  }

  /**
   * It is being closed, and its last progress is being saved.
   *
   * @param isSaved whether that has succeeded or failed
   */
  record Saving(boolean isSaved, long deadlineNanos) implements LinkLife {
    @Override
    public LinkState shown() {
      return LinkState.STOPPING;
    }
  }

  /** It copies no more and releases its resources, while it is shown as before. */
  record Releasing(LinkState shown) implements LinkLife {
    @Override
    public boolean isOver() {
      return true;
    }
  }

  /** It has ended as {@code STOPPED}, {@code FENCED}, {@code FAILED} or {@code MOVED}. */
  record Ended(LinkState shown) implements LinkLife {
    @Override
    public boolean isOver() {
      return true;
    }
  }
}
