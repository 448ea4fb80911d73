package dev.twinlog.spi;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * The position from which a source partition is read.
 *
 * @param offset the next offset to read
 * @param leaderEpoch the leader epoch of the record or transaction marker directly before {@code
 *     offset}, or a later one where the engine has gone back to before the records that were read
 *     under it, or the source has lost the records after it; empty if it isn't known
 */
public record SourcePosition(long offset, OptionalInt leaderEpoch) {
  public SourcePosition {
    Objects.requireNonNull(leaderEpoch, "leaderEpoch");
  }
}
