package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.spi.PartitionFailedException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Recognizes the batches of aborted transactions (KIP-98). A fetch response lists the aborted
 * transactions of its range, each with its first offset; a transaction's batches are the
 * transactional ones of its producer from there up to the marker that ends it.
 *
 * <p>Reusable; confined to one thread.
 */
public final class AbortedFilter {
  private static final short ABORT = 0;

  private List<Aborted> listed = List.of();
  private int next;
  private final Set<Long> aborted = new HashSet<>();

  /** Starts again with the list of one partition's answer. */
  public void over(List<Aborted> transactions) {
    next = 0;
    aborted.clear();
    listed = transactions;
    if (transactions.size() > 1) {
      // brokers list them in the order in which they ended
      listed = new ArrayList<>(transactions);
      listed.sort(Comparator.comparingLong(Aborted::firstOffset));
    }
  }

  /**
   * Adds the next v2 batch of the answer; called for each one, in order.
   *
   * @return whether it belongs to an aborted transaction
   * @throws PartitionFailedException if it is a marker that can't be parsed
   */
  public boolean drops(ByteBuffer records, int at) {
    if (listed.isEmpty()) {
      return false;
    }
    long producerId = BatchHeader.producerId(records, at);
    long nextOffset = BatchHeader.nextOffset(records, at);
    while (next < listed.size() && listed.get(next).firstOffset() < nextOffset) {
      aborted.add(listed.get(next++).producerId());
    }
    if (aborted.isEmpty() || producerId < 0) {
      return false;
    }
    if (BatchHeader.control(records, at)) {
      if (BatchHeader.recordCount(records, at) > 0 && markerType(records, at) == ABORT) {
        aborted.remove(producerId);
      }
      return false;
    }
    return BatchHeader.transactional(records, at) && aborted.contains(producerId);
  }

  /** Returns the type in the key of a marker's only record, which is never compressed. */
  private static short markerType(ByteBuffer records, int at) {
    int size = (int) BatchHeader.sizeInBytes(records, at);
    ByteBuffer in = records.slice(at, size).position(BatchHeader.SIZE);
    try {
      skipVarint(in); // the record's length
      in.get(); // attributes
      skipVarint(in); // timestamp
      skipVarint(in); // offset
      skipVarint(in); // the key's length
      in.getShort(); // version
      return in.getShort();
    } catch (java.nio.BufferUnderflowException e) {
      throw new PartitionFailedException(
          "the transaction marker at offset %d can't be read: it ends too early"
              .formatted(BatchHeader.baseOffset(records, at)),
          e);
    }
  }

  private static void skipVarint(ByteBuffer in) {
    while (in.get() < 0) {
      // the high bit means that more bytes follow
    }
  }
}
