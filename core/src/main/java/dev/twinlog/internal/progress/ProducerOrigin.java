package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * What a producer id of a link has written: records that were copied from a cluster, those of one
 * route or of several.
 *
 * <p>Version 1 of its stored form, all numbers big-endian, texts UTF-8 after a 32-bit length:
 *
 * <pre>
 * version 1 byte | source cluster | source topic, partition 4 | target topic, partition 4
 * </pre>
 *
 * <p>Without a route both topics are empty, and both partitions 0.
 *
 * @param cluster the id of the cluster that was read; empty if it is not known
 * @param route what was written; empty if it may be any of the link's routes
 */
public record ProducerOrigin(String cluster, Optional<Route> route) {
  private static final int VERSION = 1;
  private static final Route NONE = new Route(new TopicPartition("", 0), new TopicPartition("", 0));

  /** Returns the stored form. */
  public byte[] encode() {
    Route written = route.orElse(NONE);
    return new FieldWriter(VERSION)
        .string(cluster)
        .topicPartition(written.source())
        .topicPartition(written.target())
        .toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws LinkFailedException if the version is unknown or the bytes are damaged
   */
  public static ProducerOrigin decode(byte[] stored) {
    return FieldReader.read(
        "producer origin",
        stored,
        VERSION,
        in ->
            new ProducerOrigin(
                in.string(),
                Optional.of(new Route(in.topicPartition(), in.topicPartition()))
                    .filter(route -> !route.equals(NONE))));
  }
}
