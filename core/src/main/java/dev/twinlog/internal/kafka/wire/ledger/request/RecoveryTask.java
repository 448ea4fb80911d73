package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * A task of the ledger for one route: a sequence of requests, each retried after a backoff on a
 * transient error. A task without progress for {@link #PATIENCE_NANOS} is given up, so that one
 * partition doesn't delay others; so is a task that restarts too often. Confined to the ledger's
 * thread.
 */
public abstract class RecoveryTask {
  /** How long a task may be without progress. */
  public static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();

  /** How often, and for how long in total, a task may restart. */
  private static final int MOST_RESTARTS = 10;

  private static final long RESTARTS_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(5).toNanos();
  private static final long MOST_PAUSE_NANOS = Duration.ofMillis(500).toNanos();

  private final Route route;
  private final Timers timers;
  private int attempt;
  private long restartedSince;
  private boolean over;
  private boolean failing;
  private long failingSince;
  private long pauseNanos = FIRST_PAUSE_NANOS;

  public RecoveryTask(Route route, Timers timers) {
    this.route = route;
    this.timers = timers;
  }

  public final Route route() {
    return route;
  }

  public final TopicPartition target() {
    return route.target();
  }

  /** Incremented on each restart; responses to requests of an earlier attempt are ignored. */
  public final int attempt() {
    return attempt;
  }

  public final boolean isOver() {
    return over;
  }

  /** Ends the task. */
  public final void end() {
    over = true;
  }

  /** Reports progress, which resets backoff and patience. */
  public final void progressed() {
    failing = false;
    pauseNanos = FIRST_PAUSE_NANOS;
  }

  /** Retries after a backoff, or gives up if there has been no progress for too long. */
  public final void retry(String why, Runnable task) {
    if (over) {
      return;
    }
    onRetry(why);
    long now = timers.now();
    if (!failing) {
      failing = true;
      failingSince = now;
    }
    if (now - failingSince > PATIENCE_NANOS) {
      giveUp(why);
      return;
    }
    after(pauseNanos, task);
    pauseNanos = Math.min(2 * pauseNanos, MOST_PAUSE_NANOS);
  }

  /** Runs something later, unless the task has ended or restarted by then. */
  public final void after(long nanos, Runnable task) {
    int current = attempt;
    timers.after(
        nanos,
        () -> {
          if (!over && attempt == current) {
            task.run();
          }
        });
  }

  /** Restarts the task after a backoff, because its results so far may no longer hold. */
  public final void restart(String why) {
    long now = timers.now();
    if (attempt == 0) {
      restartedSince = now;
    }
    attempt++;
    if (attempt > MOST_RESTARTS || now - restartedSince > RESTARTS_NANOS) {
      if (!over) {
        giveUp("%s, after %d restarts".formatted(why, attempt - 1));
      }
      return;
    }
    // progress within an attempt must not reset the backoff between restarts
    pauseNanos = Math.max(pauseNanos, Math.min(FIRST_PAUSE_NANOS << attempt, MOST_PAUSE_NANOS));
    retry(why, this::begin);
  }

  public abstract void begin();

  /**
   * Called when another instance uses the transactional id by now, or the coordinator has lost it.
   */
  protected void onFenced(Errors error, String why) {
    restart("the coordinator returned " + error);
  }

  /** Called before each retry, with its reason. */
  protected void onRetry(String why) {}

  /** Ends the task without a result; the caller may try again later. */
  public abstract void giveUp(String why);

  /** Ends the task with an error. */
  public abstract void fail(ReplicationException cause);
}
