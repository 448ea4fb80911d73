package dev.twinlog.spi;

import java.util.Collection;
import java.util.Optional;

/**
 * The ability of a sink to keep small compacted topics of one partition beside its copies.
 *
 * <p><b>Threading.</b> Called by another thread than the rest of the sink, at the same time as
 * that, one call at a time.
 *
 * <p><b>Errors.</b> A failure that ends by itself is a {@link RetriableException}: the call is
 * repeated later.
 *
 * <p><b>Lifecycle.</b> As {@link Sink}.
 *
 * <p><b>Blocking.</b> Until the records are stored, for seconds at the most.
 */
public interface CompactedTopics {

  /** The key and the value of a record. */
  @SuppressWarnings("ArrayRecordComponent") // a holder; never compared
  record Entry(byte[] key, byte[] value) {}

  /**
   * Writes records, and creates the topic if it is missing.
   *
   * @return why they were refused; empty if they are stored
   */
  Optional<ReplicationException> writeCompacted(String topic, Collection<Entry> entries);
}
