package dev.twinlog.internal.progress;

import java.util.Objects;
import java.util.UUID;

/**
 * That a link was moved, or is being moved. Immutable.
 *
 * @param verb what is done, {@code failover} for instance
 * @param actor who began it
 * @param begunMs when it was begun
 * @param endedMs when it was done, or {@link #NOT_YET}
 */
public record MoveHeader(UUID id, String verb, String actor, long begunMs, long endedMs) {
  /** Of a move that is not done. */
  public static final long NOT_YET = -1;

  public MoveHeader {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(verb, "verb");
    Objects.requireNonNull(actor, "actor");
  }

  /** Whether it is done. */
  public boolean isDone() {
    return endedMs != NOT_YET;
  }

  /** The same move, done. */
  public MoveHeader done(long nowMs) {
    return new MoveHeader(id, verb, actor, begunMs, nowMs);
  }
}
