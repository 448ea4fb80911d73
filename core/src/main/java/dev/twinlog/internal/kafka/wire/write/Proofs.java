package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.ledger.SteadyClock;
import dev.twinlog.spi.Lease;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When this writer last saw that the lease on the link holds, by both clocks; the one by which that
 * is longer ago counts. Confined to the writer thread.
 */
final class Proofs {
  private final Lease lease;
  private final SteadyClock clock;
  private final LongSupplier nanoTime;
  private boolean ever;
  private long seenNanos;
  private long seenMs;

  Proofs(Lease lease, SteadyClock clock, LongSupplier nanoTime) {
    this.lease = lease;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** Whether it holds now. */
  boolean hold() {
    boolean holds = lease.holds();
    if (holds) {
      ever = true;
      seenNanos = nanoTime.getAsLong();
      seenMs = clock.millis();
    }
    return holds;
  }

  /** Whether it was last seen to hold less than that ago. */
  boolean areYoungerThan(long ageMs) {
    long wall = clock.millis() - seenMs;
    return ever
        && wall >= 0
        && wall < ageMs
        && nanoTime.getAsLong() - seenNanos < TimeUnit.MILLISECONDS.toNanos(ageMs);
  }
}
