package dev.twinlog.internal.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rewrites the header of a source batch so that the target accepts it from the link's producer. The
 * records after the header are not read, so the cost doesn't depend on their size, and the CRC-32C
 * is patched, not computed: a byte that was damaged before still fails the check at the target.
 *
 * <p>Changed are the base offset (0, since the target assigns its own), the leader epoch (−1, its
 * own as well), producer id, epoch and sequence, and two attributes: transactional, since the data
 * is written outside of transactions, and the delete horizon, which the target's log cleaner would
 * take for its own. The base timestamp is kept even then: the records' timestamps are relative to
 * it.
 */
public final class Restamp {
  private static final int CLEARED = BatchHeader.TRANSACTIONAL | BatchHeader.DELETE_HORIZON;

  private Restamp() {}

  /**
   * Writes the new header of 61 bytes.
   *
   * @param batch one whole v2 batch between position and limit, big endian, of any kind; neither
   *     moved nor changed
   * @param into gets the header at its position, which moves past it; big endian, and not the
   *     batch's own memory
   * @throws IllegalArgumentException when {@code batch} is not one whole v2 batch
   */
  public static void restamp(
      ByteBuffer batch, ByteBuffer into, long producerId, short producerEpoch, int baseSequence) {
    int from = batch.position();
    int to = into.position();
    requireWholeBatch(batch, from);
    requireBigEndian(into);
    into.put(to, batch, from, BatchHeader.SIZE);
    into.putLong(to + BatchHeader.BASE_OFFSET, 0);
    into.putInt(to + BatchHeader.LEADER_EPOCH, -1);
    int attributes = BatchHeader.attributes(batch, from) & ~CLEARED;
    into.putShort(to + BatchHeader.ATTRIBUTES, (short) attributes);
    into.putLong(to + BatchHeader.PRODUCER_ID, producerId);
    into.putShort(to + BatchHeader.PRODUCER_EPOCH, producerEpoch);
    into.putInt(to + BatchHeader.BASE_SEQUENCE, baseSequence);
    into.putInt(
        to + BatchHeader.CRC,
        CrcPatch.patched(
            BatchHeader.crc(batch, from),
            batch,
            from + BatchHeader.ATTRIBUTES,
            into,
            to + BatchHeader.ATTRIBUTES,
            BatchHeader.SIZE - BatchHeader.ATTRIBUTES,
            batch.remaining() - BatchHeader.SIZE));
    into.position(to + BatchHeader.SIZE);
  }

  private static void requireWholeBatch(ByteBuffer batch, int at) {
    requireBigEndian(batch);
    int size = batch.remaining();
    if (size < BatchHeader.SIZE
        || BatchHeader.magic(batch, at) != 2
        || BatchHeader.sizeInBytes(batch, at) != size) {
      throw new IllegalArgumentException(
          "only one whole v2 batch can be restamped, but these %d bytes are not".formatted(size));
    }
  }

  private static void requireBigEndian(ByteBuffer buffer) {
    if (buffer.order() != ByteOrder.BIG_ENDIAN) {
      throw new IllegalArgumentException("the buffer is little endian, but batches are big endian");
    }
  }
}
