package dev.twinlog.testkit.kafka;

import dev.twinlog.kafka.DataPath;

/** The batch path's writer on a real broker. */
final class BatchWriterIT extends WriterCases {
  BatchWriterIT() {
    super(DataPath.BATCHES);
  }
}
