package dev.twinlog.testkit.simulator.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Builds uncompressed batches of message format v2. Stateless. */
public final class ModelRecords {
  private static final long NO_PRODUCER = -1;

  private ModelRecords() {}

  /**
   * A batch as a client sends it.
   *
   * @param records at least one; their offsets count from the first one's
   * @param producerId −1 for none
   */
  public static ByteBuffer encode(
      List<ReplicationRecord> records, long producerId, short epoch, int sequence) {
    long base = records.get(0).offset();
    long last = records.get(records.size() - 1).offset();
    Place place = new Place(base, (int) (last - base), -1, producerId, epoch, sequence);
    long greatest = records.stream().mapToLong(ReplicationRecord::timestamp).max().orElseThrow();
    return encode(records, place, records.get(0).timestamp(), greatest);
  }

  /** A batch without a producer id, with its records at their own offsets. */
  public static ByteBuffer encode(List<ReplicationRecord> records) {
    return encode(records, NO_PRODUCER, (short) -1, -1);
  }

  /** A batch with the records that are left of it, at its offsets. */
  static ByteBuffer encode(List<ReplicationRecord> left, ModelBatch of) {
    Place place =
        new Place(
            of.baseOffset(),
            (int) (of.lastOffset() - of.baseOffset()),
            BatchHeader.leaderEpoch(of.bytes(), 0),
            of.producerId(),
            of.epoch(),
            of.firstSequence());
    long first = left.isEmpty() ? -1 : left.get(0).timestamp();
    return encode(left, place, first, of.maxTimestamp());
  }

  private record Place(
      long base, int lastDelta, int leaderEpoch, long producerId, short epoch, int sequence) {}

  private static ByteBuffer encode(
      List<ReplicationRecord> records, Place place, long baseTimestamp, long maxTimestamp) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (ReplicationRecord record : records) {
      byte[] one = encode(record, place.base(), baseTimestamp);
      varint(body, one.length);
      body.writeBytes(one);
    }
    ByteBuffer batch = ByteBuffer.allocate(BatchHeader.SIZE + body.size());
    batch.putLong(place.base()).putInt(batch.capacity() - BatchHeader.LOG_OVERHEAD);
    batch.putInt(place.leaderEpoch()).put((byte) 2).putInt(0).putShort((short) 0);
    batch.putInt(place.lastDelta()).putLong(baseTimestamp).putLong(maxTimestamp);
    batch.putLong(place.producerId()).putShort(place.epoch()).putInt(place.sequence());
    batch.putInt(records.size()).put(body.toByteArray()).flip();
    CRC32C crc = new CRC32C();
    crc.update(batch.array(), BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES);
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  private static byte[] encode(ReplicationRecord record, long base, long baseTimestamp) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    varint(out, record.timestamp() - baseTimestamp);
    varint(out, record.offset() - base);
    bytes(out, record.key());
    bytes(out, record.value());
    Header[] headers = record.headers().toArray();
    varint(out, headers.length);
    for (Header header : headers) {
      bytes(out, header.key().getBytes(UTF_8));
      bytes(out, header.value());
    }
    return out.toByteArray();
  }

  private static void bytes(ByteArrayOutputStream out, byte @Nullable [] value) {
    varint(out, value == null ? -1 : value.length);
    if (value != null) {
      out.writeBytes(value);
    }
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long raw = (value << 1) ^ (value >> 63);
    while ((raw & ~0x7fL) != 0) {
      out.write((int) (raw & 0x7f) | 0x80);
      raw >>>= 7;
    }
    out.write((int) raw);
  }
}
