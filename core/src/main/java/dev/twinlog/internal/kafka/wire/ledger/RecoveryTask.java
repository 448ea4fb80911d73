package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * Something that the ledger does for one route: one question after the other, each asked again
 * after a pause when it fails in a way that may pass. A job that has got nowhere for {@link
 * #PATIENCE_NANOS} is given up, so that one partition holds up no other; so is one that begins
 * again and again. Confined to the ledger's thread.
 */
abstract class RecoveryTask {
  /** How long a job may get nowhere. */
  static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  /** How often, and for how long in all, a job may begin again, whatever it achieves between. */
  private static final int MOST_RESTARTS = 10;

  private static final long RESTARTS_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(5).toNanos();
  private static final long MOST_PAUSE_NANOS = Duration.ofMillis(500).toNanos();

  private final Route route;
  private final Timers timers;
  private int attempt;
  private long restartedSince;
  private boolean over;
  private boolean troubled;
  private long troubledSince;
  private long pauseNanos = FIRST_PAUSE_NANOS;

  RecoveryTask(Route route, Timers timers) {
    this.route = route;
    this.timers = timers;
  }

  final Route route() {
    return route;
  }

  final TopicPartition target() {
    return route.target();
  }

  /** Grows when the job begins again: what was asked before is answered in vain. */
  final int attempt() {
    return attempt;
  }

  final boolean isOver() {
    return over;
  }

  /** Nothing more is to be done. */
  final void end() {
    over = true;
  }

  /** Something was achieved. */
  final void moved() {
    troubled = false;
    pauseNanos = FIRST_PAUSE_NANOS;
  }

  /** Does it again after a pause, unless that has gone on for too long. */
  final void again(String why, Runnable task) {
    if (over) {
      return;
    }
    retries(why);
    long now = timers.now();
    if (!troubled) {
      troubled = true;
      troubledSince = now;
    }
    if (now - troubledSince > PATIENCE_NANOS) {
      giveUp(why);
      return;
    }
    after(pauseNanos, task);
    pauseNanos = Math.min(2 * pauseNanos, MOST_PAUSE_NANOS);
  }

  /** Does it after a time, if the job still wants it then. */
  final void after(long nanos, Runnable task) {
    int current = attempt;
    timers.after(
        nanos,
        () -> {
          if (!over && attempt == current) {
            task.run();
          }
        });
  }

  /** Begins again after a pause: what was found out so far may no longer hold. */
  final void beginAgain(String why) {
    long now = timers.now();
    if (attempt == 0) {
      restartedSince = now;
    }
    attempt++;
    if (attempt > MOST_RESTARTS || now - restartedSince > RESTARTS_NANOS) {
      if (!over) {
        giveUp("%s, after %d other beginnings".formatted(why, attempt - 1));
      }
      return;
    }
    // it gets on a little each time, which must not make it hurry
    pauseNanos = Math.max(pauseNanos, Math.min(FIRST_PAUSE_NANOS << attempt, MOST_PAUSE_NANOS));
    again(why, this::begin);
  }

  abstract void begin();

  /** Another instance has the transactional id by now, or the coordinator has lost it. */
  void taken(Errors error, String why) {
    beginAgain("the coordinator said " + error);
  }

  /** It could not get on, and tries again soon. */
  void retries(String why) {}

  /** It came to nothing, and may be tried again later. */
  abstract void giveUp(String why);

  /** It came to nothing, for this reason. */
  abstract void fail(ReplicationException cause);
}
