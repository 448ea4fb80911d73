package dev.twinlog.internal.engine.shared;

import dev.twinlog.LinkState;
import dev.twinlog.internal.engine.shared.LinkLife.Built;
import dev.twinlog.internal.engine.shared.LinkLife.Connecting;
import dev.twinlog.internal.engine.shared.LinkLife.Disabled;
import dev.twinlog.internal.engine.shared.LinkLife.Draining;
import dev.twinlog.internal.engine.shared.LinkLife.Ended;
import dev.twinlog.internal.engine.shared.LinkLife.Releasing;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.engine.shared.LinkLife.Saving;

/**
 * Something that happens to a link. Every event is a pure function from the state before it to the
 * state after it, which is the same one where the event has no meaning.
 */
public sealed interface LinkEvent {

  /** The state after this event, if it happens in {@code life}. */
  LinkLife from(LinkLife life);

  /** It is started. */
  record Started(long nowNanos) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Built built ? new Connecting(built.isPaused(), 0, nowNanos) : life;
    }
  }

  /** It is closed before it was started. */
  record ClosedUnstarted() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Built ? new Ended(LinkState.STOPPED) : life;
    }
  }

  /** An attempt to connect has failed. */
  record ConnectFailed(long againNanos) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Connecting connecting
          ? new Connecting(connecting.isPaused(), connecting.failures() + 1, againNanos)
          : life;
    }
  }

  /** An attempt to connect has succeeded. */
  record Connected() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Connecting connecting
          ? new Running(connecting.isPaused(), true)
          : life;
    }
  }

  /** A discovery has ended. */
  record Discovered(boolean answered) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Running running ? new Running(running.isPaused(), answered) : life;
    }
  }

  /** The user pauses it. */
  record Paused() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      if (life instanceof Connecting connecting) {
        return new Connecting(true, connecting.failures(), connecting.dueNanos());
      }
      if (life instanceof Built) {
        return new Built(true);
      }
      return life instanceof Running running ? new Running(true, running.isReachable()) : life;
    }
  }

  /** The user resumes it; an attempt to connect is made at once. */
  record Resumed(long nowNanos) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      if (life instanceof Connecting connecting) {
        return new Connecting(false, connecting.failures(), nowNanos);
      }
      if (life instanceof Built) {
        return new Built(false);
      }
      return life instanceof Running running ? new Running(false, running.isReachable()) : life;
    }
  }

  /** It is closed: first its sessions are drained. */
  record CloseRequested(long deadlineNanos) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Running ? new Draining(deadlineNanos) : life;
    }
  }

  /** Its sessions have ended, or their time is over. */
  record Drained(long deadlineNanos) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Draining ? new Saving(false, deadlineNanos) : life;
    }
  }

  /** The last progress was saved, or could not be saved. */
  record Saved() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life instanceof Saving saving ? new Saving(true, saving.deadlineNanos()) : life;
    }
  }

  /** It ends: its resources are being released. */
  record Released() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      boolean stays = life.isOver() || life instanceof Built || life instanceof Disabled;
      return stays ? life : new Releasing(life.shown());
    }
  }

  /** It was failed over to its target, after it had ended. */
  record Moved() implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      return life.isOver() ? new Ended(LinkState.MOVED) : life;
    }
  }

  /** It has ended in this state. */
  record HasEnded(LinkState last) implements LinkEvent {
    @Override
    public LinkLife from(LinkLife life) {
      boolean stays = life instanceof Ended || life instanceof Built || life instanceof Disabled;
      return stays ? life : new Ended(last);
    }
  }
}
