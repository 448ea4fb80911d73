package dev.twinlog.testkit.quickstart;

import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the quick start measures of its replicators: records, and while the load is steady how long
 * they took from creation to acknowledgement. Thread-safe.
 */
final class CopyMeter {
  private final LongAdder records = new LongAdder();
  private final LatencyHistogram latencies = new LatencyHistogram();
  private volatile boolean steady;

  /** One for each replicator, since an object serves one link only. */
  LinkMetrics forOneLink() {
    return new LinkMetrics() {
      @Override
      public void copied(Route route, long copied, long bytes, Duration latency) {
        records.add(copied);
        if (steady) {
          // The latency of the newest record of a batch stands for all of them.
          latencies.add(latency, copied);
        }
      }
    };
  }

  /** Whether latencies count from now on: those of a backlog only say how old it is. */
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
