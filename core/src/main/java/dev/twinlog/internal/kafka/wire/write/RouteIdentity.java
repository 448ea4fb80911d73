package dev.twinlog.internal.kafka.wire.write;

import java.util.Optional;

/**
 * Who a route is from one opening to the next, and what the broker that it is written to knows of
 * that. Timestamps are the greatest of a batch, as the broker sees them. Confined to the writer
 * thread.
 */
interface RouteIdentity {

  long producerId();

  short epoch();

  /** Whether the broker knows it before its first batch. */
  boolean isKnownToBroker();

  /** Whether only another owner of the link can have fenced it. */
  boolean isOwned();

  /**
   * Whether the broker surely tells duplicates and former owners of the route from what is new, now
   * and for some minutes, if of the batches that it may have appended since the last one that
   * landed, the oldest has this timestamp.
   *
   * @param oldest {@link Long#MAX_VALUE} if there are none
   */
  boolean isRemembered(long oldest);

  /**
   * Whether a batch may be sent although the broker may not remember the route: nothing else is
   * awake or on its way that only the broker's memory keeps out.
   */
  boolean mayBeForgotten();

  /**
   * Whether the route is surely this instance's, so that a batch may be sent to this leader now.
   *
   * @param connection the one that it would take
   */
  boolean isOurs(int leaderEpoch, long connection);

  /**
   * Asks for a proof that the route is this instance's, if it still has one and needs another soon.
   *
   * @return whether it has asked
   */
  boolean prove(int leaderEpoch, long connection);

  /** What the coordinator answered when it refused a marker: nothing more is to be sent then. */
  Optional<String> fenced();

  /** A batch is sent. */
  void sent(ProduceBatch batch);

  /** A batch was acknowledged, perhaps before its turn. */
  void acknowledged(ProduceBatch batch);

  /**
   * The connection was lost on which a batch was sent: it may still arrive.
   *
   * @param throttledNanos how long the broker reads nothing from it
   */
  void lost(long throttledNanos);

  /** A batch has landed, and so has everything before it. */
  void landed(long timestamp);

  /**
   * Nothing of the route waits or is under way; called about once a second as long as that is so.
   *
   * @return whether something was done about it
   */
  boolean idle();

  /** Binds what it writes to the log that it goes on; none where a record may arrive twice. */
  Optional<TailWatch> tail();

  /** Nothing more is sent. */
  void ended();
}
