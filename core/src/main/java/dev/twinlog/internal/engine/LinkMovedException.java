package dev.twinlog.internal.engine;

import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.spi.ReplicationException;
import java.time.Instant;

/** The link was moved to its target: it must not copy. */
final class LinkMovedException extends ReplicationException {
  private static final long serialVersionUID = 1L;

  LinkMovedException(String link, MoveHeader move) {
    super(text(link, move));
  }

  private static String text(String link, MoveHeader move) {
    String what =
        "link %s does not copy: its %s was begun at %s by %s"
            .formatted(link, move.verb(), Instant.ofEpochMilli(move.begunMs()), move.actor());
    return move.isDone()
        ? what + "; if that was a mistake, call KafkaLinks.reopen and start it again"
        : what + " and is not finished: call failover() to finish it";
  }
}
