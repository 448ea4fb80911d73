package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.List;

/**
 * Something that happens to a source partition. Every event is a pure function from the state
 * before it to the state after it, and to what it causes.
 */
sealed interface PartitionEvent
    permits OpeningEvent, SessionEvent, LetterEvent, UserEvent, SourceEvent, ClosingEvent {

  /** The transition of this event in the state {@code life}. */
  Step from(PartitionLife life, RetryTimes times);

  /** Computes when a failed partition is tried again. */
  interface RetryTimes {
    long nowNanos();

    /** The backoff after so many consecutive failures. */
    Duration backoff(int failures);
  }

  /** A transition: the next state, and what it causes. */
  record Step(PartitionLife next, List<PartitionEffect> effects) {
    public Step {
      effects = List.copyOf(effects);
    }

    /** Nothing changes, and nothing is caused. */
    static Step stay(PartitionLife life) {
      return to(life);
    }

    /** A change that users don't see, or that its effects show. */
    static Step to(PartitionLife next, PartitionEffect... effects) {
      return new Step(next, List.of(effects));
    }

    /** A change to a state that is shown with this reason. */
    static Step show(PartitionLife next, String reason) {
      return to(next, new Show(reason, null));
    }

    /** A change to a state that is shown as stopped. */
    static Step stop(PartitionLife next, ReplicationException cause) {
      return to(next, new Show(String.valueOf(cause.getMessage()), cause), new ReportStop(cause));
    }
  }
}
