package dev.twinlog.internal.kafka.wire.write;

import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** How a route reacts to an error that the broker returned for a batch. */
enum ProduceErrorAction {
  /** Send the same batch again, to the leader of that time; it may have been appended already. */
  RETRY,

  /** As {@link #RETRY}, and it certainly was not appended. */
  RETRY_NOT_APPENDED,

  /**
   * OUT_OF_ORDER_SEQUENCE_NUMBER: either an earlier batch of this route failed, or the broker lost
   * producer state and the outcome is unknown.
   */
  OUT_OF_ORDER,

  /** The outcome is unknown: reopen the route. */
  OUTCOME_UNKNOWN,

  /** Another owner has opened the route. */
  FENCED,

  /** Split it. */
  TOO_LARGE,

  /** One of its records was refused: find it by bisection. */
  BAD_RECORD,

  /** It was damaged, before or while it was sent. */
  CORRUPT,

  /**
   * Never send it as it is. As for all refusals, the broker reports these errors before it appends
   * anything; later failures have retriable errors, or UNKNOWN_SERVER_ERROR, which is {@link
   * #OUTCOME_UNKNOWN}.
   */
  REFUSED;

  static ProduceErrorAction of(Errors error) {
    return switch (error) {
      case NOT_ENOUGH_REPLICAS -> RETRY_NOT_APPENDED;
      case OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID -> OUT_OF_ORDER;
      case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> FENCED;
      case INVALID_PRODUCER_ID_MAPPING, DUPLICATE_SEQUENCE_NUMBER, UNKNOWN_SERVER_ERROR ->
          OUTCOME_UNKNOWN;
      case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> TOO_LARGE;
      case INVALID_RECORD, INVALID_TIMESTAMP -> BAD_RECORD;
      case CORRUPT_MESSAGE -> CORRUPT;
      default -> error.exception() instanceof RetriableException ? RETRY : REFUSED;
    };
  }
}
