package dev.twinlog.internal.progress;

import java.util.Objects;

/**
 * How far a switchover is. Immutable.
 *
 * @param phase the name of the phase that was begun last
 * @param writtenAfterCut the offsets that the source had behind the cut when it was looked at once
 *     more, or {@link #UNKNOWN}
 */
public record MovePhase(String phase, long writtenAfterCut) {
  /** The source was not looked at once more. */
  public static final long UNKNOWN = -1;

  public MovePhase {
    Objects.requireNonNull(phase, "phase");
  }
}
