package dev.twinlog.internal.kafka.wire.ledger;

import java.util.Optional;
import org.apache.kafka.common.Uuid;

/**
 * What an opening saw of the log that a session goes on.
 *
 * @param topicId of the target topic
 * @param leaderEpoch of the leader whose log was looked at last
 * @param last the last record of the route; none if nothing of it is known to be there
 * @param rules what counts as a proof
 */
public record Tail(Uuid topicId, int leaderEpoch, Optional<TailRecord> last, LedgerRules rules) {

  /** Of a route that nothing was ever written of. */
  public static Tail ofNothing(int leaderEpoch) {
    return new Tail(Uuid.ZERO_UUID, leaderEpoch, Optional.empty(), new LedgerRules());
  }
}
