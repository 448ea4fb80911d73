package dev.twinlog.internal.engine.partition;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.recovery.AlreadyWrittenMismatchException;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;

/**
 * The state of a source partition in a link, with the data that belongs to it. A {@link
 * PartitionEvent} leads from one to the next; the README of this module has the table. Immutable.
 */
public sealed interface PartitionLife {

  /** The state that users see. */
  PartitionState shown();

  /** Whether its topic is missing at the source. */
  default boolean isGone() {
    return false;
  }

  /** Nothing of it is open; it is opened with the next step of the control agent. */
  record Waiting(OpeningTerms terms) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.OPENING;
    }
  }

  /**
   * It is being opened.
   *
   * @param shown {@code OPENING}, or {@code RETRYING} after a failure
   * @param then what follows the opening
   */
  record Recovering(PartitionState shown, OpeningTerms terms, Then then) implements PartitionLife {
    @Override
    public boolean isGone() {
      return then instanceof Leave;
    }
  }

  /** A session copies it. */
  record Copying(Attempt attempt) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return attempt.view().shown();
    }
  }

  /**
   * Its session writes what it has read and then ends.
   *
   * @param then what follows the session
   */
  record Draining(Attempt attempt, Then then) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return attempt.view().shown();
    }

    @Override
    public boolean isGone() {
      return then instanceof Leave;
    }
  }

  /** It has failed and is opened again at a time. */
  record Retrying(long untilNanos, OpeningTerms terms) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.RETRYING;
    }
  }

  /** One of its records was refused for good, and is written to the dead-letter topic. */
  record Refused(RecordRefusedException cause, OpeningTerms terms) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.RETRYING;
    }
  }

  /** The user has paused it. */
  record Paused(OpeningTerms terms) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.PAUSED;
    }
  }

  /**
   * An error has stopped it.
   *
   * @param paused whether it is also paused, and remains so when the loss is accepted
   */
  record Stopped(ReplicationException cause, boolean paused, OpeningTerms terms)
      implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.STOPPED;
    }

    /** What resuming it does, as its cause requires. */
    OnResume onResume() {
      if (cause instanceof LossException && !(cause instanceof AlreadyWrittenMismatchException)) {
        return OnResume.STOP_AGAIN;
      }
      return cause instanceof RefusedTopicException ? OnResume.CHECK_LOOPS : OnResume.OPEN;
    }
  }

  /** What resuming a stopped partition does. */
  enum OnResume {
    /** It is opened again. */
    OPEN,
    /** It is opened again if a new check finds no loop. */
    CHECK_LOOPS,
    /** It stops again, with the same loss: only accepting the loss continues it. */
    STOP_AGAIN
  }

  /**
   * Its topic is missing at the source.
   *
   * @param sinceNanos when discovery first missed it
   * @param then the state that follows when the topic is found again: waiting, paused or stopped
   */
  record Gone(long sinceNanos, PartitionLife then) implements PartitionLife {
    @Override
    public PartitionState shown() {
      return PartitionState.STOPPED;
    }

    @Override
    public boolean isGone() {
      return true;
    }
  }

  /**
   * The link is being closed, the claim is given back, or the topic is not selected any more, and
   * nothing of the partition is open.
   */
  record Closing(PartitionState shown) implements PartitionLife {}

  /**
   * The link has ended, or the claim: the partition is no longer part of the link.
   *
   * @param shown {@code CLOSED} or {@code STOPPED}; with the claim, what it was
   */
  record Ended(PartitionState shown) implements PartitionLife {}

  /**
   * A session with what is known about it.
   *
   * @param failures the consecutive failures of the partition, including those before the session
   */
  record Attempt(CopySession session, View view, int failures) {
    Attempt withView(View now) {
      return new Attempt(session, now, failures);
    }

    Attempt withoutFailures() {
      return new Attempt(session, view, 0);
    }
  }

  // How a session is doing.

  /** How a session is doing, as users see it. */
  sealed interface View {
    PartitionState shown();
  }

  /** It is behind the source's end. */
  record Behind() implements View {
    @Override
    public PartitionState shown() {
      return PartitionState.COPYING;
    }
  }

  /** It is at the source's end. */
  record AtEnd() implements View {
    @Override
    public PartitionState shown() {
      return PartitionState.CAUGHT_UP;
    }
  }

  /**
   * Writes are not acknowledged, or nothing was copied since the failure before this session.
   *
   * @param text the reason that is shown; empty for a failure before this session
   */
  record NotMoving(String text) implements View {
    @Override
    public PartitionState shown() {
      return PartitionState.RETRYING;
    }
  }

  /** The source gets no answers about the partition. */
  record Unavailable(RetriableException error) implements View {
    @Override
    public PartitionState shown() {
      return PartitionState.RETRYING;
    }
  }

  // What follows an opening or a session.

  /** What follows an opening or a session, unless it fails with something stronger. */
  sealed interface Then {
    Then pause();

    Then resume();

    Then stop(ReplicationException cause);

    /** The partition is missing at the source. */
    default Then miss(long nowNanos, ReplicationException gone) {
      return new Leave(nowNanos, gone, this);
    }

    /** The partition was found at the source. */
    default Then find() {
      return this;
    }
  }

  /** After an opening it is copied, after a session it is opened again. */
  record Continue() implements Then {
    @Override
    public Then pause() {
      return new Pause();
    }

    @Override
    public Then resume() {
      return this;
    }

    @Override
    public Then stop(ReplicationException cause) {
      return new Stop(cause, false);
    }
  }

  /** It is paused. */
  record Pause() implements Then {
    @Override
    public Then pause() {
      return this;
    }

    @Override
    public Then resume() {
      return new Continue();
    }

    @Override
    public Then stop(ReplicationException cause) {
      return new Stop(cause, true);
    }
  }

  /** It is stopped, and perhaps also paused. */
  record Stop(ReplicationException cause, boolean paused) implements Then {
    @Override
    public Then pause() {
      return new Stop(cause, true);
    }

    @Override
    public Then resume() {
      return new Stop(cause, false);
    }

    @Override
    public Then stop(ReplicationException now) {
      return explains() && !GapException.isRecreation(now) ? this : new Stop(now, paused);
    }

    /** Whether its cause, a recreated topic, explains every error of the session. */
    boolean explains() {
      return GapException.isRecreation(cause);
    }
  }

  /** It is gone since then, with what would follow otherwise. */
  record Leave(long sinceNanos, ReplicationException cause, Then then) implements Then {
    @Override
    public Then pause() {
      return new Leave(sinceNanos, cause, then.pause());
    }

    @Override
    public Then resume() {
      return new Leave(sinceNanos, cause, then.resume());
    }

    @Override
    public Then stop(ReplicationException cause) {
      return then.stop(cause); // what stops it was found at the source
    }

    @Override
    public Then miss(long nowNanos, ReplicationException gone) {
      return this;
    }

    @Override
    public Then find() {
      return then;
    }
  }

  /** The link is being closed, the claim is given back, or the topic is not selected any more. */
  record Close() implements Then {
    @Override
    public Then pause() {
      return this;
    }

    @Override
    public Then resume() {
      return this;
    }

    @Override
    public Then stop(ReplicationException cause) {
      return this;
    }

    @Override
    public Then miss(long nowNanos, ReplicationException gone) {
      return this;
    }
  }
}
