package dev.twinlog.spi;

import java.time.Duration;

/**
 * A writer with its own I/O loop, which the lane's writer thread runs.
 *
 * <p><b>Threading.</b> As {@link SinkWriter}, except {@link #wakeup()}: any thread.
 *
 * <p><b>Errors.</b> An exception thrown by {@link #poll} means that the writer is unusable: the
 * engine closes it, opens another one and reopens its routes.
 *
 * <p><b>Lifecycle.</b> As {@link SinkWriter}.
 *
 * <p><b>Blocking.</b> Only {@link #poll} may wait.
 */
public interface DrivenSinkWriter extends SinkWriter {

  /** Does the I/O that is due, waiting for more at most {@code maxWait}; zero never waits. */
  void poll(Duration maxWait);

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. */
  void wakeup();
}
