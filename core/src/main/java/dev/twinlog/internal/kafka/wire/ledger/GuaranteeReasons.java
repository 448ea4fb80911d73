package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.Route;

/**
 * The texts that explain why a route is not, or can't be, opened with the usual guarantee.
 * Stateless.
 */
final class GuaranteeReasons {
  static final String MEMORY_ASSUMED =
      "the target's producer.id.expiration.ms can't be read and is assumed to be a day:"
          + " DESCRIBE_CONFIGS on Cluster is missing";
  static final String BY_TIME =
      "the coordinator had lost the producer id of the previous session, and to fence it ALTER on Cluster"
          + " is missing: the link waited instead until a former owner had written nothing for long enough";
  static final String MAY_REPEAT =
      "the link stored no producer state before (it was AT_LEAST_ONCE): records that it had written after"
          + " its last saved progress are written again";

  private GuaranteeReasons() {}

  static String duplicates(long records) {
    return "%d records are in the target twice: brokers had forgotten their producer"
        .formatted(records);
  }

  static String writtenAgain(long records) {
    return ("%d records are in the target twice: they were written after the target had lost its tail, and were"
            + " written again in their order")
        .formatted(records);
  }

  /** Whether the guarantee "each record once" still holds. */
  static boolean isExact(String note) {
    return note.equals(MEMORY_ASSUMED) || note.equals(BY_TIME);
  }

  static String lostProgress(Route route, String link) {
    return ("target %s holds records of %s that this link has written, but its progress is missing: was its"
            + " state topic deleted, or was the progressStore changed? Starting from the beginning would copy"
            + " them twice. %s")
        .formatted(route.target(), route.source(), CopyAgain.orRebuild(link));
  }

  static String broken(Route route, String why) {
    return ("the records of %2$s in target %1$s after the progress are inconsistent: %3$s. The broker must"
            + " have forgotten the producer, or lost records that it had acknowledged. The route can't"
            + " continue: %4$s")
        .formatted(route.target(), route.source(), why, CopyAgain.ADVICE);
  }
}
