package dev.twinlog.internal.kafka.records.common;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Route;

/** The failure of a route whose target partition does not exist. Stateless. */
public final class MissingPartition {
  private MissingPartition() {}

  /**
   * Returns the failure.
   *
   * @param alias the target cluster
   * @param partitions how many the target topic has
   */
  public static PartitionFailedException of(Route route, String alias, int partitions) {
    return new PartitionFailedException(
        "%s on %s has %d partitions, but %s goes to partition %d: add partitions and resume the partition, or choose another partition mapper"
            .formatted(
                route.target().topic(),
                alias,
                partitions,
                route.source(),
                route.target().partition()));
  }
}
