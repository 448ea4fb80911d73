package dev.twinlog.internal.batch;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Encodes records to v2 batches that the target accepts: base offset is the first record's offset
 * at the source, and the offsets in the batch are dense even where the source's are not, so the
 * offsets of the records are those of the list that was encoded, and not those in the batch.
 *
 * <p>Leader epoch and producer fields are −1, for {@link Restamp} to fill.
 */
public final class BatchEncoder {
  /** The most bytes that are compressed together: more would not compress better. */
  private static final int GREATEST_PLAIN_SIZE = 1 << 30;

  private final List<ReplicationRecord> records;
  private final Compression compression;
  private final int maxBytes;
  private final BatchBuilder builder = new BatchBuilder();
  private final Scratch rest = new Scratch();

  /** How large a batch may be uncompressed, by the compression ratio so far. */
  private int plainLimit;

  private BatchEncoder(List<ReplicationRecord> records, Compression compression, int maxBytes) {
    this.records = records;
    this.compression = compression;
    this.maxBytes = maxBytes;
    this.plainLimit = compression.codec() == Codec.NONE ? maxBytes : GREATEST_PLAIN_SIZE;
  }

  /**
   * One batch of some of the encoded records.
   *
   * @param batch the whole batch, on the heap
   * @param from the index of its first record in the list
   * @param to the index after that of its last record
   * @param tooLarge whether it is larger than allowed, which is only so for a single record
   */
  public record Encoded(ByteBuffer batch, int from, int to, boolean tooLarge) {}

  /**
   * Encodes all records, in their order.
   *
   * @param maxBytes how large a batch may be, header included
   */
  public static List<Encoded> encode(
      List<ReplicationRecord> records, Compression compression, int maxBytes) {
    return new BatchEncoder(records, compression, maxBytes).encode();
  }

  private List<Encoded> encode() {
    List<Encoded> batches = new ArrayList<>(1);
    int from = 0;
    while (from < records.size()) {
      int to = collect(from);
      ByteBuffer batch = builder.seal(compression);
      int size = batch.capacity();
      if (size <= maxBytes || to - from == 1) {
        batches.add(new Encoded(batch, from, to, size > maxBytes));
        from = to;
      }
      if (compression.codec() != Codec.NONE) {
        plainLimit = limitAfter(builder.plainSize(), size);
      }
    }
    return batches;
  }

  /** As many records as the limit allows, but at least one; the index after the last. */
  private int collect(int from) {
    builder.begin(records.get(from).offset());
    for (int i = from; i < records.size(); i++) {
      builder.mark();
      add(records.get(i));
      if (builder.plainSize() > plainLimit && i > from) {
        builder.rollback();
        return i;
      }
    }
    return records.size();
  }

  /**
   * A limit that fits if what comes next compresses as well as this, with a sixteenth to spare. It
   * is smaller than the plain size of a batch that was too large, so the next try has less records.
   */
  private int limitAfter(int plainSize, int compressedSize) {
    long fits = (long) plainSize * maxBytes / compressedSize * 15 / 16;
    return (int) Math.min(fits, GREATEST_PLAIN_SIZE);
  }

  private void add(ReplicationRecord record) {
    rest.clear();
    write(record.key());
    write(record.value());
    Header[] headers = record.headers().toArray();
    rest.writeVarlong(headers.length);
    for (Header header : headers) {
      write(RawHeader.rawKeyOf(header));
      write(header.value());
    }
    builder.add((byte) 0, record.timestamp(), rest.array(), 0, rest.size());
  }

  private void write(byte @Nullable [] bytes) {
    if (bytes == null) {
      rest.writeVarlong(-1);
    } else {
      rest.writeVarlong(bytes.length);
      rest.write(bytes, 0, bytes.length);
    }
  }
}
