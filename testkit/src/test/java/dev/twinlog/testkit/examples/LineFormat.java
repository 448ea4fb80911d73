package dev.twinlog.testkit.examples;

import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Converts a line to a record; equal lines give equal records. Thread-safe. */
@FunctionalInterface
interface LineFormat {

  /** The record of a line, which comes without its line feed. */
  ReplicationRecord record(long offset, byte[] line);

  /** The batch of at least one line, the first of which has this offset. */
  default ReplicationBatch batch(TopicPartition partition, long first, List<byte[]> lines) {
    List<ReplicationRecord> records = new ArrayList<>(lines.size());
    for (byte[] line : lines) {
      records.add(record(first + records.size(), line));
    }
    return ReplicationBatch.of(partition, records);
  }

  /** The line is the value; there is no key and no timestamp. */
  static LineFormat value() {
    return (offset, line) -> ReplicationRecord.of(offset, -1, null, line, new RecordHeaders());
  }
}
