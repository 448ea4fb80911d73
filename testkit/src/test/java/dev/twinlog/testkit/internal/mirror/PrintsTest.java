package dev.twinlog.testkit.internal.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Tests that different records have different fingerprints. */
final class PrintsTest {
  private static final byte[] EMPTY = {};

  @Test
  void add_tellsNullFromEmptyAndPartsFromEachOther() {
    Header a = new RecordHeader("a", "1".getBytes(UTF_8));
    Header b = new RecordHeader("b", "2".getBytes(UTF_8));
    List<ConsumerRecord<byte[], byte[]>> different =
        List.of(
            record(0, null, null),
            record(1, null, null),
            record(0, EMPTY, null),
            record(0, null, EMPTY),
            record(0, EMPTY, EMPTY),
            record(0, bytes("ab"), bytes("c")),
            record(0, bytes("a"), bytes("bc")),
            record(0, null, null, a),
            record(0, null, null, a, a),
            record(0, null, null, a, b),
            record(0, null, null, b, a),
            record(0, null, null, new RecordHeader("a", null)),
            record(0, null, null, new RecordHeader("a", EMPTY)));
    Prints prints = new Prints(true);
    Prints again = new Prints(true);
    different.forEach(prints::add);
    different.forEach(again::add);

    for (int i = 0; i < different.size(); i++) {
      for (int j = 0; j < different.size(); j++) {
        assertThat(prints.same(i, again, j)).as(i + " and " + j).isEqualTo(i == j);
      }
    }
  }

  @Test
  void add_maySetTimestampsAside() {
    Prints prints = new Prints(false);
    prints.add(record(1, null, null));
    prints.add(record(2, null, null));
    assertThat(prints.same(0, prints, 1)).isTrue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static ConsumerRecord<byte[], byte[]> record(
      long timestamp, byte[] key, byte[] value, Header... headers) {
    return new ConsumerRecord<>(
        "topic",
        0,
        7,
        timestamp,
        TimestampType.CREATE_TIME,
        0,
        0,
        key,
        value,
        new RecordHeaders(headers),
        Optional.empty());
  }
}
