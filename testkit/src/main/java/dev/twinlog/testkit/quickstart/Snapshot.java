package dev.twinlog.testkit.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is to be seen at one moment.
 *
 * @param phase what is going on
 * @param elapsed since the program began
 * @param clusters from where to where
 * @param progress how far the phase has got; empty for one without an end to reach
 * @param loadRate records a second that the source gets
 * @param copyRate records a second that the target acknowledges
 * @param lagRecords how many records the target lacks
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

  /** The acts of the quick start. */
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

  /** So many records done of so many. */
  record Progress(long done, long goal) {
    /** From 0 to 1. */
    double share() {
      return goal <= 0 ? 1 : Math.min(1, Math.max(0, (double) done / goal));
    }
  }

  /** Half of the records, and all but one in a hundred, took no longer than this. */
  record Latency(Duration p50, Duration p99) {}

  /** One partition: the source's end, how far the copy is, and what is between. */
  record Row(String partition, String state, long sourceEnd, long copied, long lag) {}
}
