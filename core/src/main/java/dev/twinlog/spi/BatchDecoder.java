package dev.twinlog.spi;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decodes encoded batches: the way by which {@link ReplicationBatch#records()} reaches the codecs,
 * so that this package needs none of them. Found with {@link java.util.ServiceLoader}; {@code
 * twinlog-core} brings one that knows every codec of message format v2.
 *
 * <p>Thread-safe.
 */
public interface BatchDecoder {

  /**
   * Decodes one batch.
   *
   * @param v2Batch one whole v2 batch between position and limit; neither is moved
   * @return its records, on the heap; empty for a batch whose records were all compacted away
   * @throws PartitionFailedException if the batch can't be decoded; says at which offset and why
   */
  List<ReplicationRecord> decode(ByteBuffer v2Batch);
}
