package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * The end of a route's target log, as an opening saw it.
 *
 * @param topicId of the target topic
 * @param leaderEpoch of the leader whose log was last read
 * @param last the last record of the route; empty if none is known to be there
 * @param rules what counts as a proof
 */
public record Tail(Uuid topicId, int leaderEpoch, Optional<TailRecord> last, LedgerRules rules) {

  /** The tail of a route of which nothing was ever written. */
  public static Tail ofNothing(int leaderEpoch) {
    return new Tail(Uuid.ZERO_UUID, leaderEpoch, Optional.empty(), new LedgerRules());
  }
}
