package dev.twinlog.testkit.internal.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.internal.records.EncodedRecords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Sample records for the contract tests, in every shape that a record can have, and their
 * comparison.
 */
public final class SampleRecords {
  /** An hour ago: not so old that a target's retention removes it at once. */
  public static final long TIME = System.currentTimeMillis() - 3_600_000;

  private static final int SHAPES = 6;

  private SampleRecords() {}

  /** A record with this offset; its shape and content follow from {@code number}. */
  public static ReplicationRecord record(long offset, int number) {
    byte @Nullable [] key = ("key-" + number).getBytes(UTF_8);
    byte @Nullable [] value = ("value-" + number).getBytes(UTF_8);
    Headers headers = EncodedRecords.noHeaders();
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
  public static List<ReplicationRecord> records(int from, int to) {
    List<ReplicationRecord> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      records.add(record(i, i));
    }
    return records;
  }

  /** Everything but the offset, as text: two records are the same if their texts are. */
  public static String content(ReplicationRecord record) {
    StringBuilder text = new StringBuilder("@" + record.timestamp());
    text.append(' ').append(text(record.key())).append('=').append(text(record.value()));
    for (Header header : record.headers()) {
      text.append(' ').append(header.key()).append(':').append(text(header.value()));
    }
    return text.toString();
  }

  public static List<String> contents(List<ReplicationRecord> records) {
    return records.stream().map(SampleRecords::content).toList();
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "null" : "'" + new String(bytes, UTF_8) + "'" + Arrays.hashCode(bytes);
  }
}
