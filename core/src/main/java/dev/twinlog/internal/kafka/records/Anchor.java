package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.ReplicationRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The last record of a route, and where it is in the target. The public clients show no producer
 * ids, so it is known again by its contents.
 *
 * @param offset its target offset
 */
record Anchor(long offset, LastRecord last) {

  /**
   * As a record is known again that is sent.
   *
   * @param leaderEpoch see {@link LastRecord}
   */
  static LastRecord last(ReplicationRecord record, int leaderEpoch) {
    return new LastRecord(RecordFingerprint.of(record, false), record.timestamp(), leaderEpoch);
  }

  /** Whether this is the record. Where the target stores its own time, that says nothing. */
  static boolean matches(LastRecord last, ConsumerRecord<byte[], byte[]> read) {
    boolean timed = hasOwnTime(read);
    return fingerprint(read, false) == last.fingerprint()
        && (!timed || read.timestamp() == last.timestamp());
  }

  /** Whether the time is the one that it was sent with, and not the target's. */
  static boolean hasOwnTime(ConsumerRecord<byte[], byte[]> read) {
    // by its name: the type is in a package of insides
    return String.valueOf(read.timestampType()).equals("CreateTime");
  }

  /** The fingerprint of a record that was read. */
  static long fingerprint(ConsumerRecord<byte[], byte[]> read, boolean timed) {
    return RecordFingerprint.of(
        ReplicationRecord.of(
            read.offset(), read.timestamp(), read.key(), read.value(), read.headers()),
        timed);
  }
}
