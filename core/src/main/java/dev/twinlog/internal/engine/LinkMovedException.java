package dev.twinlog.internal.engine;

import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.spi.ReplicationException;
import java.time.Instant;
import java.util.Optional;

/** The link was moved to its target: it must not copy. */
final class LinkMovedException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates it.
   *
   * @param reverse the link that was seeded to copy back; empty if there is none
   */
  LinkMovedException(String link, MoveHeader move, Optional<String> reverse) {
    super(text(link, move, reverse));
  }

  private static String text(String link, MoveHeader move, Optional<String> reverse) {
    String what =
        "link %s does not copy: its %s was begun at %s by %s"
            .formatted(link, move.verb(), Instant.ofEpochMilli(move.begunMs()), move.actor());
    if (reverse.isPresent()) {
      return "%s, and link %s copies in the other direction since".formatted(what, reverse.get());
    }
    return move.isDone()
        ? what
            + "; go back with reverse() when the source is there again, or if the move was a mistake, call KafkaLinks.reopen and start it again"
        : what + " and is not finished: call failover() to finish it";
  }
}
