package dev.twinlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Records for the contract kits: every shape that a record can have, and how to compare them. */
final class SampleRecords {
  /** An hour ago: not so old that a target's retention removes it at once. */
  static final long TIME = System.currentTimeMillis() - 3_600_000;

  private static final int SHAPES = 6;
  private static final int HEADER_SIZE = 61;

  private SampleRecords() {}

  /** A record with this offset; its shape and content follow from {@code number}. */
  static ReplicationRecord record(long offset, int number) {
    byte @Nullable [] key = ("key-" + number).getBytes(UTF_8);
    byte @Nullable [] value = ("value-" + number).getBytes(UTF_8);
    Headers headers = InMemoryCluster.noHeaders();
    switch (number % SHAPES) {
      case 1 -> headers.add("trace", ("größer-" + number).getBytes(UTF_8));
      case 2 -> value = null;
      case 3 -> key = null;
      case 4 -> headers.add("twice", new byte[0]).add("twice", null);
      case 5 -> {
        key = new byte[0];
        value = new byte[0];
      }
      default -> {}
    }
    return ReplicationRecord.of(offset, TIME + number, key, value, headers);
  }

  /** Records {@code [from, to)}, where offset and number are the same. */
  static List<ReplicationRecord> records(int from, int to) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      records.add(record(i, i));
    }
    return records;
  }

  /** Everything but the offset, as text: two records are the same if their texts are. */
  static String content(ReplicationRecord record) {
    StringBuilder text = new StringBuilder("@" + record.timestamp());
    text.append(' ').append(text(record.key())).append('=').append(text(record.value()));
    for (Header header : record.headers()) {
      text.append(' ').append(header.key()).append(':').append(text(header.value()));
    }
    return text.toString();
  }

  static List<String> contents(List<ReplicationRecord> records) {
    return records.stream().map(SampleRecords::content).toList();
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "null" : "'" + new String(bytes, UTF_8) + "'" + Arrays.hashCode(bytes);
  }

  /** One uncompressed batch of message format v2; offsets may have holes. */
  static ByteBuffer encode(List<ReplicationRecord> records) {
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
