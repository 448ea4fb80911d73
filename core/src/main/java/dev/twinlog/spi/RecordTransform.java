package dev.twinlog.spi;

import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Drops or changes records. A link with a transform decodes every batch.
 *
 * <p><b>Threading.</b> Called on lane threads; must be thread-safe.
 *
 * <p><b>Errors.</b> An exception stops the partition at that record, with the exception as its
 * cause; after a {@link RetriableException} the engine retries. A {@link RecordRefusedException}
 * says that it is the record's own fault: with {@link dev.twinlog.DeadLetters} it goes there.
 *
 * <p><b>Lifecycle.</b> None. Must be deterministic, since records may be transformed again after a
 * restart. The offset of the result is ignored.
 *
 * <p><b>Blocking.</b> Must not block: the whole lane would wait.
 */
@FunctionalInterface
public interface RecordTransform {

  /** The record as it shall be written, or empty to drop it. */
  Optional<ReplicationRecord> apply(ReplicationRecord record);

  /**
   * As {@link #apply(ReplicationRecord)}, for a transform that uses the source partition ({@link
   * #ofPartition} creates one from a lambda). The engine calls this method, which calls the other
   * one by default.
   *
   * @param source the source partition
   */
  default Optional<ReplicationRecord> apply(TopicPartition source, ReplicationRecord record) {
    return apply(record);
  }

  /**
   * Part of the fingerprint of the link's stages; change it whenever its results change. Default
   * {@code "1"}.
   */
  default String version() {
    return "1";
  }

  /**
   * This transform and then another one, which does not see what this one drops. Its version is
   * made of both.
   */
  default RecordTransform andThen(RecordTransform next) {
    return new ChainedTransforms(this, Objects.requireNonNull(next, "next"));
  }

  /** A transform that uses the source partition; its version is {@code "1"}. */
  static RecordTransform ofPartition(OfPartition transform) {
    return new PartitionTransform(Objects.requireNonNull(transform, "transform"), "1");
  }

  /**
   * As {@link #ofPartition(OfPartition)}.
   *
   * @param version see {@link #version()}
   */
  static RecordTransform ofPartition(String version, OfPartition transform) {
    return new PartitionTransform(
        Objects.requireNonNull(transform, "transform"), Objects.requireNonNull(version, "version"));
  }

  /** Drops or changes records by their source partition. */
  @FunctionalInterface
  interface OfPartition {
    /**
     * The record as it shall be written, or empty to drop it.
     *
     * @param source the source partition
     */
    Optional<ReplicationRecord> apply(TopicPartition source, ReplicationRecord record);
  }
}
