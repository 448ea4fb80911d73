package dev.twinlog.testkit.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The figures that the quick start shows at one time.
 *
 * @param phase the phase of the run
 * @param elapsed since the program began
 * @param clusters the source and the target, as text
 * @param progress how far the phase has got; empty for one without an end to reach
 * @param loadRate records per second written to the source
 * @param copyRate records per second acknowledged by the target
 * @param lagRecords how many records the target is behind
 * @param lag how far behind it is in time
 * @param latency from creation to acknowledgement; empty until something was measured
 * @param partitions in the order to be shown; empty before there is a replicator
 */
record Snapshot(
    Phase phase,
    Duration elapsed,
    String clusters,
    Optional<Progress> progress,
    double loadRate,
    double copyRate,
    long lagRecords,
    Duration lag,
    Optional<Latency> latency,
    List<Row> partitions) {

  /** The phases of the quick start. */
  enum Phase {
    LOADING("writing the backlog"),
    CATCHING_UP("catching up"),
    LIVE("live"),
    CLOSED("replicator closed"),
    CATCHING_UP_AGAIN("catching up again"),
    DRAINING("the last records"),
    COMPARING("comparing record by record");

    private final String words;

    Phase(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** How many records of a total are done. */
  record Progress(long done, long goal) {
    /** From 0 to 1. */
    double share() {
      return goal <= 0 ? 1 : Math.min(1, Math.max(0, (double) done / goal));
    }
  }

  /** The median and the 99th percentile of the latency. */
  record Latency(Duration p50, Duration p99) {}

  /** A partition: the source's end offset, the copied offset, and the lag. */
  record Row(String partition, String state, long sourceEnd, long copied, long lag) {}
}
