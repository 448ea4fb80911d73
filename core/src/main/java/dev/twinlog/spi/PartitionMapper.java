package dev.twinlog.spi;

import org.apache.kafka.common.TopicPartition;

/**
 * Chooses the target partition. Its type says whether it needs the record: with a {@link
 * ByPartition} an encoded batch is not decoded, with a {@link ByRecord} the engine decodes every
 * batch.
 *
 * <p>{@code targetPartitions} is how many partitions the target topic had when the source partition
 * was opened; for a sink that is not a {@link TopicSink}, how many the source topic has. Where a
 * target topic grows, its source partitions are opened again with the new count.
 *
 * <p><b>Threading.</b> Called on lane threads; must be thread-safe.
 *
 * <p><b>Errors.</b> An exception, or a number outside {@code [0, targetPartitions)}, stops the
 * partition with that cause.
 *
 * <p><b>Lifecycle.</b> None. Must be deterministic: the same input always gives the same partition.
 *
 * <p><b>Blocking.</b> Must not block.
 */
public sealed interface PartitionMapper {

  /**
   * Part of the fingerprint of the link's stages; change it whenever its results change. Default
   * {@code "1"}.
   */
  default String version() {
    return "1";
  }

  /** Needs only the partition. */
  @FunctionalInterface
  non-sealed interface ByPartition extends PartitionMapper {
    /**
     * Chooses the target partition.
     *
     * @param source the source partition
     * @param targetPartitions how many partitions the target topic has
     */
    int targetPartition(TopicPartition source, int targetPartitions);
  }

  /** Needs the record. One source partition may then be written to several target partitions. */
  @FunctionalInterface
  non-sealed interface ByRecord extends PartitionMapper {
    /**
     * Chooses the target partition.
     *
     * @param source the source partition
     * @param record the record
     * @param targetPartitions how many partitions the target topic has
     */
    int targetPartition(TopicPartition source, ReplicationRecord record, int targetPartitions);
  }

  /**
   * The same partition number. The default. A target topic with fewer partitions than the source's
   * is an error.
   */
  static PartitionMapper identity() {
    return BuiltInMappers.IDENTITY;
  }

  /** The partition number modulo the target's partitions: for a target with fewer of them. */
  static PartitionMapper modulo() {
    return BuiltInMappers.MODULO;
  }

  /**
   * By key, as Kafka's default partitioner does it: {@code toPositive(murmur2(key)) % partitions}.
   * Records without a key go where {@link #modulo()} would send them.
   */
  static PartitionMapper keyHash() {
    return BuiltInMappers.KEY_HASH;
  }
}
