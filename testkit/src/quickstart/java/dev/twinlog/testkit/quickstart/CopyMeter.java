package dev.twinlog.testkit.quickstart;

import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures the quick start's replicators: their records, and while the load is steady the time from
 * a record's creation to its acknowledgement. Thread-safe.
 */
final class CopyMeter {
  private final LongAdder records = new LongAdder();
  private final LatencyHistogram latencies = new LatencyHistogram();
  private volatile boolean steady;

  /** A metrics object for one replicator: it must not be shared between links. */
  LinkMetrics forOneLink() {
    return new LinkMetrics() {
      @Override
      public void copied(Route route, long copied, long bytes, Duration latency) {
        records.add(copied);
        if (steady) {
          // The latency of the newest record of a batch counts for all of its records.
          latencies.add(latency, copied);
        }
      }
    };
  }

  /** Sets whether latencies count from now on: those of a backlog only show its age. */
  void steady(boolean steady) {
    this.steady = steady;
  }

  /** How many records were acknowledged, by all replicators together. */
  long records() {
    return records.sum();
  }

  LatencyHistogram latencies() {
    return latencies;
  }
}
