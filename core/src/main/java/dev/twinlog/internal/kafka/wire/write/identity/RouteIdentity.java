package dev.twinlog.internal.kafka.wire.write.identity;

import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import java.util.Optional;

/**
 * The producer id and epoch of a route from one opening to the next, and what its broker knows
 * about them. Timestamps are the greatest of a batch, as the broker uses them. Confined to the
 * writer thread.
 */
public interface RouteIdentity {

  long producerId();

  short epoch();

  /** Whether the first batch is in flight alone, see {@code LedgerRules}. */
  boolean isFirstBatchAlone();

  /** Whether only another owner of the link can have fenced it. */
  boolean fencedOnlyByOwner();

  /**
   * Whether the broker certainly recognizes duplicates and requests of former owners of the route,
   * now and for some minutes, if the oldest of the batches that it may have appended since the last
   * acknowledged one has this timestamp.
   *
   * @param oldest {@link Long#MAX_VALUE} if there are none
   */
  boolean isRemembered(long oldest);

  /**
   * Whether a batch may be sent although the broker may have dropped the producer: no former owner
   * is alive, and no request is in flight, that only the producer state would keep out.
   */
  boolean mayBeForgotten();

  /**
   * Whether this instance certainly owns the route, so that a batch may be sent to this leader now.
   *
   * @param connection the connection that the batch would use
   */
  boolean ownershipHolds(int leaderEpoch, long connection);

  /**
   * Requests a proof of ownership, if the present one still holds and another is needed soon.
   *
   * @return whether a proof was requested
   */
  boolean prove(int leaderEpoch, long connection);

  /**
   * Returns the coordinator's answer that refused a marker, if one did; nothing more is sent then.
   */
  Optional<String> fenced();

  /** Notes that a batch is sent. */
  void sent(ProduceBatch batch);

  /** Notes that a batch was acknowledged, perhaps before an earlier one. */
  void acknowledged(ProduceBatch batch);

  /**
   * Notes that the connection of a batch in flight was lost: the batch may still be appended.
   *
   * @param throttledNanos how long the broker reads nothing from the connection
   */
  void lost(long throttledNanos);

  /** Notes that a batch, and everything before it, was appended. */
  void appended(long timestamp);

  /**
   * Keeps the producer state fresh while nothing of the route waits or is in flight; called about
   * once a second.
   *
   * @return whether something was requested
   */
  boolean idle();

  /** Returns the check of the log that it appends to; empty where a record may be written twice. */
  Optional<TailWatch> tail();

  /** Notes that nothing more is sent. */
  void ended();
}
