package dev.twinlog.internal.engine;

import java.time.Clock;
import java.time.Instant;
import java.util.Objects;

/**
 * A state with the reason for it. There is one way to change it. Thread-safe; whoever is told of a
 * change is told outside the lock.
 */
final class ObservableState<S extends Enum<S>> {

  /** Is told of every change, on the thread that made it. */
  interface Observer<S> {
    void changed(S from, S to, String reason);
  }

  private final Clock clock;
  private final Observer<S> observer;
  private S state;
  private String reason;
  private Instant since;

  ObservableState(S initial, String reason, Clock clock, Observer<S> observer) {
    this.state = initial;
    this.reason = reason;
    this.clock = clock;
    this.observer = observer;
    this.since = clock.instant();
  }

  synchronized S get() {
    return state;
  }

  synchronized String reason() {
    return reason;
  }

  /** When it came to this state; another reason for the same state changes nothing. */
  synchronized Instant since() {
    return since;
  }

  /** Comes to its last state, of which the observer is not told. */
  synchronized void end(S to, String why) {
    become(to, why);
  }

  private void become(S to, String why) {
    if (state != to) {
      since = clock.instant();
    }
    state = to;
    reason = why;
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
      become(to, why);
    }
    if (from != to) {
      observer.changed(from, to, why);
    }
    return true;
  }
}
