package dev.twinlog.internal.progress;

import java.util.Objects;

/**
 * A move that was taken back.
 *
 * @param header what it was; its end is when it was taken back
 * @param reason why
 */
public record AbortedMove(MoveHeader header, String reason) {
  public AbortedMove {
    Objects.requireNonNull(header, "header");
    Objects.requireNonNull(reason, "reason");
  }
}
