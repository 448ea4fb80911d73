package dev.twinlog.internal.engine;

import java.util.Objects;

/**
 * A state with the reason for it. There is one way to change it. Thread-safe; whoever is told of a
 * change is told outside the lock.
 */
final class StateCell<S extends Enum<S>> {

  /** Is told of every change, on the thread that made it. */
  interface Observer<S> {
    void changed(S from, S to, String reason);
  }

  private final Observer<S> observer;
  private S state;
  private String reason;

  StateCell(S initial, String reason, Observer<S> observer) {
    this.state = initial;
    this.reason = reason;
    this.observer = observer;
  }

  synchronized S get() {
    return state;
  }

  synchronized String reason() {
    return reason;
  }

  /**
   * Changes the state.
   *
   * @return false, with nothing changed, if the state was not {@code from}
   */
  boolean transition(S from, S to, String why) {
    Objects.requireNonNull(why, "reason");
    synchronized (this) {
      if (state != from) {
        return false;
      }
      state = to;
      reason = why;
    }
    if (from != to) {
      observer.changed(from, to, why);
    }
    return true;
  }
}
