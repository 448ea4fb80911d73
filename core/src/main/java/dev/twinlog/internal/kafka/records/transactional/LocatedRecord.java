package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The last record of a route with its target offset. The public clients show no producer ids, so
 * the record is recognized by its contents.
 *
 * @param offset its target offset
 */
record LocatedRecord(long offset, LastRecord last) {

  /**
   * Returns the form by which a record that is sent is recognized later.
   *
   * @param leaderEpoch see {@link LastRecord}
   */
  static LastRecord last(ReplicationRecord record, int leaderEpoch) {
    return new LastRecord(RecordFingerprint.of(record, false), record.timestamp(), leaderEpoch);
  }

  /**
   * Whether this is the record. Its timestamp is not compared where the target stores its own time.
   */
  static boolean matches(LastRecord last, ConsumerRecord<byte[], byte[]> read) {
    boolean timed = hasOwnTime(read);
    return fingerprint(read, false) == last.fingerprint()
        && (!timed || read.timestamp() == last.timestamp());
  }

  /** Whether the timestamp is the one that it was sent with, and not the target's. */
  static boolean hasOwnTime(ConsumerRecord<byte[], byte[]> read) {
    // by name: the enum is in an internal package
    return String.valueOf(read.timestampType()).equals("CreateTime");
  }

  /** Returns the fingerprint of a record that was read. */
  static long fingerprint(ConsumerRecord<byte[], byte[]> read, boolean timed) {
    return RecordFingerprint.of(
        ReplicationRecord.of(
            read.offset(), read.timestamp(), read.key(), read.value(), read.headers()),
        timed);
  }
}
