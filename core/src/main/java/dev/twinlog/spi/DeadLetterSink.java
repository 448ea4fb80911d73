package dev.twinlog.spi;

import java.util.Optional;

/**
 * The ability of a sink to keep records that it refuses in a topic beside its copies, for {@link
 * dev.twinlog.DeadLetters}.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the sink, at the same time as
 * that, one call at a time.
 *
 * <p><b>Errors.</b> A failure that ends by itself is a {@link RetriableException}: the call is
 * repeated later, so that a record may be stored twice.
 *
 * <p><b>Lifecycle.</b> As {@link Sink}.
 *
 * <p><b>Blocking.</b> Until the record is stored, for half a minute at the most.
 */
public interface DeadLetterSink {

  /**
   * Stores a record in an existing topic, as durably as the copies.
   *
   * @param record its key, value, headers and timestamp are stored as they are
   * @return why it was refused; empty if it is stored
   */
  Optional<ReplicationException> writeDeadLetter(String topic, ReplicationRecord record);
}
