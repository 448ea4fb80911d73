package dev.twinlog;

import dev.twinlog.internal.status.MoveSnapshot;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The move of a link, done or under way, in its status. Immutable. */
public final class MoveStatus {
  private final MoveProgress.Phase phase;
  private final MoveSnapshot values;

  MoveStatus(MoveSnapshot values) {
    this.phase = phase(values.phase());
    this.values = values;
  }

  /** A newer version may have stored a phase that this one doesn't know. */
  private static MoveProgress.Phase phase(String name) {
    for (MoveProgress.Phase phase : MoveProgress.Phase.values()) {
      if (phase.name().equals(name)) {
        return phase;
      }
    }
    return MoveProgress.Phase.CLAIMED;
  }

  /** Identifies the move; as in its report. */
  public UUID id() {
    return values.id();
  }

  /** What moves it: {@code failover} or {@code switchover}. Others may be added. */
  public String verb() {
    return values.verb();
  }

  /** The last phase that was begun; {@code DONE} and {@code ABORTED} are final. */
  public MoveProgress.Phase phase() {
    return phase;
  }

  /** Who began it, as given in the options. */
  public String actor() {
    return values.actor();
  }

  /** When it was begun, by the clock of the one who did. */
  public Instant begunAt() {
    return values.begunAt();
  }

  /** When it has ended; empty while it is under way, or if it was not finished. */
  public Optional<Instant> endedAt() {
    return values.endedAt();
  }

  /** Why it was taken back; empty if it was not. */
  public String reason() {
    return values.reason();
  }

  @Override
  public String toString() {
    return "%s %s, begun %s by %s%s%s"
        .formatted(
            verb(),
            phase,
            begunAt(),
            actor(),
            endedAt().map(at -> ", ended " + at).orElse(""),
            reason().isEmpty() ? "" : ": " + reason());
  }
}
