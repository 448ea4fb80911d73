package dev.twinlog.spi;

import java.util.Optional;

/**
 * Drops or changes records. A link with a transform decodes every batch.
 *
 * <p><b>Threading.</b> Called on lane threads; must be thread-safe.
 *
 * <p><b>Errors.</b> An exception stops the partition at that record, with the exception as its
 * cause; a {@link RetriableException} makes the engine try again.
 *
 * <p><b>Lifecycle.</b> None. Must be deterministic, since records may pass again after a restart.
 * The offset of the answer is ignored.
 *
 * <p><b>Blocking.</b> Must not block: the whole lane would wait.
 */
@FunctionalInterface
public interface RecordTransform {

  /** The record as it shall be written, or empty to drop it. */
  Optional<ReplicationRecord> apply(ReplicationRecord record);

  /**
   * Part of the fingerprint of the link's stages; change it whenever the answers change. Default
   * {@code "1"}.
   */
  default String version() {
    return "1";
  }
}
