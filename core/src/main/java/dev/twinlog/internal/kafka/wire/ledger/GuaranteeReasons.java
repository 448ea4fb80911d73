package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.spi.Route;

/** What is said to people about how a route was opened. Stateless. */
final class GuaranteeReasons {
  static final String MEMORY_ASSUMED =
      "the target's producer.id.expiration.ms can't be seen and is taken to be a day:"
          + " DESCRIBE_CONFIGS on Cluster is missing";
  static final String BY_TIME =
      "the coordinator had lost the producer id of the session before, so a former owner was waited for"
          + " until it had written nothing for long enough: ALTER on Cluster is missing to fence it";
  static final String MAY_REPEAT =
      "the link kept no record of what it wrote before (it was AT_LEAST_ONCE): what it had written"
          + " behind its last progress is written again";

  private GuaranteeReasons() {}

  static String twice(long records) {
    return "%d records are in the target twice: brokers forgot their producer".formatted(records);
  }

  static String again(long records) {
    return ("%d records are in the target twice: they landed behind a tail that it had lost, and were"
            + " written again in their order")
        .formatted(records);
  }

  /** Whether each record still arrives once. */
  static boolean isExact(String note) {
    return note.equals(MEMORY_ASSUMED) || note.equals(BY_TIME);
  }

  static String lostProgress(Route route, String link) {
    return ("target %s holds records of %s that this link has written, but its progress is gone: was its"
            + " state topic deleted, or is the progressStore another one? From the beginning it would copy"
            + " them twice. Stop the link, delete what is left of topic twinlog.%s.state, and restore it with"
            + " KafkaLinks.rebuild; or, %s")
        .formatted(route.target(), route.source(), link, CopyAgain.ADVICE);
  }

  static String broken(Route route, String why) {
    return ("what target %s holds of %s behind the progress does not fit together: %s. The broker must"
            + " have forgotten the producer, or lost records that it had acknowledged. It can't go on:"
            + " %s")
        .formatted(route.target(), route.source(), why, CopyAgain.ADVICE);
  }
}
