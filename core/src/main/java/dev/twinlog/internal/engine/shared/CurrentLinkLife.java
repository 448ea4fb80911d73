package dev.twinlog.internal.engine.shared;

import dev.twinlog.LinkState;
import dev.twinlog.internal.engine.shared.LinkEvent.ConnectFailed;
import java.time.Clock;
import java.time.Instant;

/**
 * The current state of a link, since when and why, with an observer of the changes that users see.
 * Thread-safe; the observer is called outside the lock, on the thread that applied the event.
 */
public final class CurrentLinkLife {
  private final Clock clock;
  private final ObservableState.Observer<LinkState> observer;
  private LinkLife life;
  private String reason = "built";
  private Instant since;

  CurrentLinkLife(LinkLife initial, Clock clock, ObservableState.Observer<LinkState> observer) {
    this.life = initial;
    this.clock = clock;
    this.observer = observer;
    this.since = clock.instant();
  }

  public synchronized LinkLife get() {
    return life;
  }

  public synchronized LinkState shown() {
    return life.shown();
  }

  public synchronized String reason() {
    return reason;
  }

  /** Since when it is shown as it is. */
  public synchronized Instant since() {
    return since;
  }

  /**
   * Applies an event.
   *
   * @param why the reason for the change, if users see one
   * @return whether the state has changed
   */
  public boolean apply(LinkEvent event, String why) {
    LinkState from;
    LinkState to;
    synchronized (this) {
      LinkLife before = life;
      life = event.from(before);
      if (life.equals(before)) {
        return false;
      }
      from = before.shown();
      to = life.shown();
      if (from != to) {
        since = clock.instant();
      }
      if (from != to || event instanceof ConnectFailed) {
        reason = why;
      }
    }
    if (from != to) {
      observer.changed(from, to, why);
    }
    return true;
  }
}
