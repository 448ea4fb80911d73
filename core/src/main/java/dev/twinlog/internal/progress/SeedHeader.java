package dev.twinlog.internal.progress;

import java.util.Objects;
import java.util.UUID;

/**
 * That a link was seeded, or is being seeded, as the reverse of a moved one. Immutable.
 *
 * @param id of the reversal
 * @param move the move that it takes back
 * @param forward the link that was moved
 * @param actor who began it
 * @param begunMs when it was begun
 * @param endedMs when the link was ready to start, or {@link #NOT_YET}
 */
public record SeedHeader(
    UUID id, UUID move, String forward, String actor, long begunMs, long endedMs) {
  /** Of a link that is not ready. */
  public static final long NOT_YET = -1;

  public SeedHeader {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(move, "move");
    Objects.requireNonNull(forward, "forward");
    Objects.requireNonNull(actor, "actor");
  }

  /** Whether the link may start. */
  public boolean isDone() {
    return endedMs != NOT_YET;
  }

  /** The same, done. */
  public SeedHeader done(long nowMs) {
    return new SeedHeader(id, move, forward, actor, begunMs, nowMs);
  }
}
