package dev.twinlog.testkit.internal.records;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Encodes records into record batches as Kafka's clients do. Stateless. */
public final class EncodedRecords {
  private static final int HEADER_SIZE = 61;

  private EncodedRecords() {}

  /** Returns an empty {@code Headers}: a ProducerRecord is the only public API that gives one. */
  public static Headers noHeaders() {
    return new ProducerRecord<byte[], byte[]>("any", new byte[0]).headers();
  }

  /** One uncompressed batch of message format v2; offsets may have holes. */
  public static ByteBuffer encode(List<ReplicationRecord> records) {
    ReplicationRecord first = records.get(0);
    ReplicationRecord last = records.get(records.size() - 1);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (ReplicationRecord record : records) {
      byte[] one = encode(record, first);
      varint(body, one.length);
      body.writeBytes(one);
    }
    long maxTimestamp =
        records.stream().mapToLong(ReplicationRecord::timestamp).max().orElseThrow();
    ByteBuffer batch = ByteBuffer.allocate(HEADER_SIZE + body.size());
    batch.putLong(first.offset()).putInt(batch.capacity() - 12).putInt(-1).put((byte) 2).putInt(0);
    batch.putShort((short) 0).putInt((int) (last.offset() - first.offset()));
    batch.putLong(first.timestamp()).putLong(maxTimestamp);
    batch.putLong(-1).putShort((short) -1).putInt(-1).putInt(records.size());
    batch.put(body.toByteArray()).flip();
    CRC32C crc = new CRC32C();
    crc.update(batch.array(), 21, batch.limit() - 21);
    return batch.putInt(17, (int) crc.getValue());
  }

  private static byte[] encode(ReplicationRecord record, ReplicationRecord first) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0);
    varint(out, record.timestamp() - first.timestamp());
    varint(out, record.offset() - first.offset());
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
