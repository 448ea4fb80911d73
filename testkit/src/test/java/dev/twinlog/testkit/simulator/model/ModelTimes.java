package dev.twinlog.testkit.simulator.model;

import java.util.Random;

/**
 * The latencies of a model in milliseconds. Each is drawn between 0 and its value or, rarely,
 * between 0 and {@code slow}.
 *
 * @param network one way between a client and a broker
 * @param work what a broker needs for a request
 * @param replication until a batch is below the high watermark
 * @param coordinator until the coordinator has stored its decision
 * @param marker from the end of a transaction until its markers are written
 * @param metadata until a client has the current leaders
 * @param rare one draw in this many uses {@code slow}
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

  /** All latencies are 0. */
  public static ModelTimes none() {
    return new ModelTimes(0, 0, 0, 0, 0, 0, Integer.MAX_VALUE, 0);
  }

  /** The same latencies without slow ones. */
  ModelTimes steady() {
    return new ModelTimes(
        network, work, replication, coordinator, marker, metadata, Integer.MAX_VALUE, 0);
  }

  /** Whether latencies can be slow, and requests that usually succeed can fail. */
  boolean isUnsteady() {
    return slow > 0;
  }

  /** Draws a latency, in nanoseconds. */
  long draw(Random random, int usual) {
    int most = slow > 0 && random.nextInt(rare) == 0 ? slow : usual;
    return most == 0 ? 0 : random.nextInt(most + 1) * 1_000_000L + random.nextInt(1_000_000);
  }
}
