package dev.twinlog.spi;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * Where to read on in a source partition.
 *
 * @param offset the offset to read on from
 * @param leaderEpoch the leader epoch under which the source wrote what lies directly before {@code
 *     offset}, or a later one where the engine has gone back to before what was read under it, or
 *     the source has lost what lay behind; empty if it isn't known
 */
public record SourcePosition(long offset, OptionalInt leaderEpoch) {
  public SourcePosition {
    Objects.requireNonNull(leaderEpoch, "leaderEpoch");
  }
}
