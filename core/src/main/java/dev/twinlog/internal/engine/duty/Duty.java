package dev.twinlog.internal.engine.duty;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** A periodic task of a link that asks a cluster. Called on the control thread. */
public interface Duty {

  /** The name, for logs and status. */
  String name();

  /**
   * Prepares a run.
   *
   * @return what asks the cluster, which may block and is called on another thread, and returns
   *     what to do with the answer on the control thread; empty if there is nothing to ask now,
   *     which is neither a success nor a failure
   */
  Optional<Supplier<Runnable>> prepare();

  /** The time from the end of a run to the next one. */
  Duration interval();

  /**
   * The time from the end of a run that failed to the next one.
   *
   * @param backoff the usual one after so many failures
   * @param took how long the run took
   */
  default Duration retry(Duration backoff, Duration took) {
    return backoff.compareTo(interval()) < 0 ? backoff : interval();
  }
}
