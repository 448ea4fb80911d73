package dev.twinlog.testkit.simulator.model;

import java.util.Random;

/**
 * How long things take, in milliseconds; each time something between 0 and this, or between 0 and
 * the long value where that happens to be due.
 *
 * @param network one way between a client and a broker
 * @param work what a broker needs for a request
 * @param replication until a batch is below the high watermark
 * @param coordinator until the coordinator has written down what it decided
 * @param marker from the end of a transaction until its markers are written
 * @param metadata until a client knows who leads what
 * @param rare how rarely something takes the {@code slow} time instead: once in so many times
 * @param slow see {@code rare}
 */
public record ModelTimes(
    int network,
    int work,
    int replication,
    int coordinator,
    int marker,
    int metadata,
    int rare,
    int slow) {

  /** Nothing takes any time. */
  public static ModelTimes none() {
    return new ModelTimes(0, 0, 0, 0, 0, 0, Integer.MAX_VALUE, 0);
  }

  /** The same, and nothing takes longer. */
  ModelTimes steady() {
    return new ModelTimes(
        network, work, replication, coordinator, marker, metadata, Integer.MAX_VALUE, 0);
  }

  /** Whether what usually works may also fail. */
  boolean isUnsteady() {
    return slow > 0;
  }

  /** A draw, in nanoseconds. */
  long draw(Random random, int usual) {
    int most = slow > 0 && random.nextInt(rare) == 0 ? slow : usual;
    return most == 0 ? 0 : random.nextInt(most + 1) * 1_000_000L + random.nextInt(1_000_000);
  }
}
