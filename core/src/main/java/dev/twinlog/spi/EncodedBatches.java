package dev.twinlog.spi;

import java.util.Optional;

/**
 * The ability of a source or a sink to read or write encoded batches without decoding them. If both
 * parts of a link do that, the link's status reports the batch path, else the record path.
 *
 * <p>Threading, lifecycle and blocking: called from any thread, before and after the part has
 * connected; must not block. Errors: must not throw.
 */
public interface EncodedBatches {

  /** Whether this part reads or writes encoded batches. The answer never changes. */
  boolean usesEncodedBatches();

  /**
   * Why it doesn't although it was not configured so, a sentence for operators; empty if it does,
   * or if it was configured.
   */
  Optional<String> dataPathReason();
}
