package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decodes encoded batches for {@link ReplicationBatch#records()}, so that this package has no
 * codecs. Found with {@link java.util.ServiceLoader}; {@code twinlog-core} has one that supports
 * every codec of message format v2.
 *
 * <p>Thread-safe.
 */
public interface BatchDecoder {

  /**
   * Decodes one batch.
   *
   * @param v2Batch one whole v2 batch between position and limit; neither is moved
   * @return its records, on the heap; empty for a batch whose records were all compacted away
   * @throws PartitionFailedException if the batch can't be decoded; the message names the offset
   *     and the reason
   */
  List<ReplicationRecord> decode(ByteBuffer v2Batch);
}
