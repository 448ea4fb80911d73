package dev.twinlog.internal.engine.shared;

import java.time.Clock;
import java.time.Instant;
import java.util.Objects;

/**
 * A state with its reason and an observer of its changes. Thread-safe; the observer is called
 * outside the lock.
 */
final class ObservableState<S extends Enum<S>> {

  /** Called for every change, on the thread that made it. */
  public interface Observer<S> {
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

  /** Since when it is in this state; a new reason for the same state doesn't change that. */
  synchronized Instant since() {
    return since;
  }

  /** Changes to the last state, without calling the observer. */
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
