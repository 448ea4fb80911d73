package dev.twinlog.internal.kafka.wire.write;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** What an error of the broker means for the batch that it is about. */
enum ProduceErrorAction {
  /** The same batch again, to the leader that is one then; it may have landed already. */
  AGAIN,

  /** As {@link #AGAIN}, and it certainly did not land. */
  AGAIN_ABSENT,

  /**
   * It does not follow what the broker has: so because of an earlier one that failed, or else
   * nobody knows what landed.
   */
  OUT_OF_ORDER,

  /** Nobody knows what landed: the route is to be opened again. */
  DOUBT,

  /** Somebody has opened the route again. */
  FENCED,

  /** To be split. */
  TOO_LARGE,

  /** One of its records is refused: which one is to be found. */
  BAD_RECORD,

  /** It is damaged, here already or on its way to the broker. */
  CORRUPT,

  /**
   * Never, as it is. As with all that is refused the broker said so before it appended anything:
   * what goes wrong behind that it calls retriable, or cannot explain, which is {@link #DOUBT}.
   */
  REFUSED;

  static ProduceErrorAction of(Errors error) {
    return switch (error) {
      case NOT_ENOUGH_REPLICAS -> AGAIN_ABSENT;
      case OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID -> OUT_OF_ORDER;
      case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> FENCED;
      case INVALID_PRODUCER_ID_MAPPING, DUPLICATE_SEQUENCE_NUMBER, UNKNOWN_SERVER_ERROR -> DOUBT;
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> TOO_LARGE;
      case INVALID_RECORD, INVALID_TIMESTAMP -> BAD_RECORD;
      case CORRUPT_MESSAGE -> CORRUPT;
      default -> error.exception() instanceof RetriableException ? AGAIN : REFUSED;
    };
  }
}
