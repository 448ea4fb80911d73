package dev.twinlog;

import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.ReplicationException;
import java.time.Instant;
import java.util.Optional;

/**
 * How a periodic task of a link is doing, such as the discovery of topics. A task that fails is
 * repeated with backoff. Immutable.
 */
public final class DutyStatus {
  private final DutySnapshot values;

  DutyStatus(DutySnapshot values) {
    this.values = values;
  }

  /** The task's name, the same as in meters. */
  public String name() {
    return values.name();
  }

  /**
   * When it last succeeded; empty if it never has. While it has nothing to do, or can't do it
   * because a cluster is away, this stays.
   */
  public Optional<Instant> lastSuccess() {
    return values.lastSuccess();
  }

  /** How often it has failed since it last succeeded. */
  public int failures() {
    return values.failures();
  }

  /** Its last error; stays after it has succeeded again. Empty if it has never failed. */
  public Optional<ReplicationException> lastError() {
    return values.lastError();
  }

  @Override
  public String toString() {
    return name()
        + (failures() == 0 ? ": " : ": failed " + failures() + " times, ")
        + lastSuccess().map(at -> "succeeded at " + at).orElse("has not succeeded yet")
        + lastError().map(error -> ", last error: " + error.getMessage()).orElse("");
  }
}
