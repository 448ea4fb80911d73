package dev.twinlog.testkit.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/** Tests which gaps, repeats and changed records {@link Seen} reports. */
final class SeenTest {
  private static final TopicPartition PARTITION = SoakTopic.PLAIN.partition(1);

  private final Seen seen = new Seen(false, false);
  private long offset = 10;

  @Test
  void read_ofOneNumberAfterTheOther_isRight() {
    for (int number = 0; number < 3_000; number++) {
      assertThat(seen.read(copy(number))).isNull();
    }
    assertThat(seen.position()).isEqualTo(3_010);
    assertThat(seen.repeated()).isZero();
  }

  @Test
  void read_ofANumberThatWasThere_saysSo() {
    seen.read(copy(0));
    seen.read(copy(1));
    assertThat(seen.read(copy(0))).isEqualTo("number 0 comes again, behind 1");
    assertThat(seen.repeated()).isEqualTo(1);
    assertThat(seen.read(copy(2))).isNull();
  }

  @Test
  void read_ofANumberTooFar_saysSoOnce() {
    seen.read(copy(0));
    assertThat(seen.read(copy(2))).isEqualTo("number 2 comes behind 0");
    assertThat(seen.read(copy(3))).isNull();
  }

  @Test
  void read_tellsTheFirstFewProblemsOnly() {
    seen.read(copy(0));
    for (int i = 0; i < 3; i++) {
      assertThat(seen.read(copy(0))).isNotNull();
    }
    assertThat(seen.read(copy(0))).isNull();
    assertThat(seen.repeated()).isEqualTo(4);
  }

  @Test
  void read_ofACompactedPartition_takesHolesAndRepeats() {
    Seen compacted = new Seen(true, false);
    assertThat(compacted.read(copy(5))).isNull();
    assertThat(compacted.read(copy(9))).isNull();
    assertThat(compacted.read(copy(5))).isNull();
    assertThat(compacted.repeated()).isEqualTo(1);
  }

  @Test
  void read_whereRecordsMayBeRepeated_missesLostOnesAllTheSame() {
    Seen lenient = new Seen(false, true);
    lenient.read(copy(0));
    lenient.read(copy(1));
    assertThat(lenient.read(copy(0))).isNull();
    assertThat(lenient.read(copy(3))).isEqualTo("number 3 comes behind 1");
  }

  @Test
  void read_ofAChangedRecord_saysWhatIsChanged() {
    ProducerRecord<byte[], byte[]> one = SoakRecord.committed(PARTITION, 0, 1);
    byte[] value = one.value().clone();
    value[value.length - 1] ^= 1;
    assertThat(seen.read(consumed(one, one.key(), value)))
        .isEqualTo("its value is not that of number 0");
    assertThat(seen.read(consumed(one, new byte[1], one.value())))
        .isEqualTo("its key is not that of number 0");
    one.headers().add("more", null);
    assertThat(seen.read(consumed(one, one.key(), one.value())))
        .isEqualTo("its headers are not those of number 0");
  }

  @Test
  void read_ofARecordFromElsewhere_saysSo() {
    ProducerRecord<byte[], byte[]> other = SoakRecord.committed(SoakTopic.PLAIN.partition(0), 0, 1);
    assertThat(seen.read(consumed(other, other.key(), other.value())))
        .isEqualTo("its value is not that of number 0");
    ProducerRecord<byte[], byte[]> aborted = SoakRecord.aborted(PARTITION, 0, 1);
    assertThat(seen.read(consumed(aborted, aborted.key(), aborted.value())))
        .isEqualTo("it was aborted: soak-plain/1 !0 ");
    assertThat(seen.read(consumed(aborted, aborted.key(), new byte[] {'x'})))
        .isEqualTo("its value begins with \"x\"");
  }

  private ConsumerRecord<byte[], byte[]> copy(long number) {
    ProducerRecord<byte[], byte[]> one = SoakRecord.committed(PARTITION, number, 1);
    return consumed(one, one.key(), one.value());
  }

  private ConsumerRecord<byte[], byte[]> consumed(
      ProducerRecord<byte[], byte[]> one, byte[] key, byte[] value) {
    return new ConsumerRecord<>(
        PARTITION.topic(),
        PARTITION.partition(),
        offset++,
        1,
        TimestampType.CREATE_TIME,
        key.length,
        value.length,
        key,
        value,
        new RecordHeaders(one.headers().toArray()),
        Optional.empty());
  }
}
