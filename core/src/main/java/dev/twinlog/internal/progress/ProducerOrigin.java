package dev.twinlog.internal.progress;

import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;

/**
 * What a producer id of a link has written: the records of a route, copied from a cluster.
 *
 * <p>Version 1 of its stored form, all numbers big-endian, texts UTF-8 after a 32-bit length:
 *
 * <pre>
 * version 1 byte | source cluster | source topic, partition 4 | target topic, partition 4
 * </pre>
 *
 * @param cluster the id of the cluster that was read; empty if it is not known
 * @param route what was written
 */
public record ProducerOrigin(String cluster, Route route) {
  private static final int VERSION = 1;

  /** Returns the stored form. */
  public byte[] encode() {
    return new FieldWriter(VERSION)
        .string(cluster)
        .topicPartition(route.source())
        .topicPartition(route.target())
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
        in -> new ProducerOrigin(in.string(), new Route(in.topicPartition(), in.topicPartition())));
  }
}
