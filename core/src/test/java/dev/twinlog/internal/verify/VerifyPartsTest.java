package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.internal.verify.CompactedKeys.Absent;
import dev.twinlog.internal.verify.RouteWalk.Window;
import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Tests the small parts of a verification: contents of records, keys, samples and the rate. */
final class VerifyPartsTest {
  private static final TopicPartition PARTITION = new TopicPartition("orders", 3);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ReplicationRecord record(String key, byte[] value, Headers headers) {
    return ReplicationRecord.of(1, 5, bytes(key), value, headers);
  }

  private static String difference(ReplicationRecord one, ReplicationRecord other) {
    return RecordContent.difference(one, other, true).orElse("none");
  }

  @Test
  void whatDiffersInARecord_isSaidInWords() {
    ReplicationRecord one =
        record("k", bytes("abc"), new RecordHeaders().add("h", bytes("1")).add("i", null));
    assertThat(difference(one, one)).isEqualTo("none");
    assertThat(difference(one, record("l", bytes("abc"), one.headers())))
        .isEqualTo("the key differs from byte 0 of 1 on");
    assertThat(difference(one, record("k", bytes("abcd"), one.headers())))
        .isEqualTo("the value has 3 bytes at the source, 4 bytes in the target");
    assertThat(difference(one, record("k", null, one.headers())))
        .isEqualTo("the value is 3 bytes at the source, null in the target");
    assertThat(difference(one, record("k", bytes("abc"), new RecordHeaders())))
        .isEqualTo("header 0, h, is missing in the target");
    assertThat(
            difference(
                one,
                record("k", bytes("abc"), new RecordHeaders().add("h", bytes("2")).add("i", null))))
        .isEqualTo("the value of header h differs from byte 0 of 1 on");
    assertThat(difference(record("k", null, new RecordHeaders()), record("k", null, one.headers())))
        .isEqualTo("the target has a header more, h");
    ReplicationRecord later = ReplicationRecord.of(1, 6, one.key(), one.value(), one.headers());
    assertThat(difference(one, later))
        .isEqualTo("the timestamp is 5 at the source, 6 in the target");
    assertThat(RecordContent.difference(one, later, false)).isEmpty();
  }

  @Test
  void headerKeysThatAreNotText_areComparedAsBytes() {
    ReplicationRecord one =
        record("k", null, new RecordHeaders().add(RawHeader.of(new byte[] {(byte) 0xff}, null)));
    ReplicationRecord other =
        record("k", null, new RecordHeaders().add(RawHeader.of(new byte[] {(byte) 0xfe}, null)));
    assertThat(difference(one, one)).isEqualTo("none");
    assertThat(difference(one, other)).startsWith("header 0 is");
  }

  private static Absent absent(int number) {
    ModelLogs logs = new ModelLogs(new Random(number), 1);
    RouteWalk walk = RouteWalk.passive(logs.route, new Window(0, Long.MAX_VALUE));
    return new Absent(walk, true, number, number);
  }

  @Test
  void keysThatDoNotFit_areForgottenAltogether() {
    CompactedKeys keys = new CompactedKeys(144 * 3);
    for (int i = 0; i < 3; i++) {
      keys.add(record("key-" + i, null, new RecordHeaders()), absent(i));
    }
    keys.seenInTarget(record("key-1", null, new RecordHeaders()));
    assertThat(keys.hasOverflowed()).isFalse();
    List<Long> left = new ArrayList<>();
    keys.unexplained(one -> left.add(one.source()));
    assertThat(left).containsExactlyInAnyOrder(0L, 2L);
    for (int i = 0; i < 4; i++) {
      keys.add(record("key-" + i, null, new RecordHeaders()), absent(i));
    }
    assertThat(keys.hasOverflowed()).isTrue();
    assertThat(keys.isEmpty()).isTrue();
  }

  @Test
  void samplesWhosePhasesAreAShareApart_coverTheLogTogether_eachPartOnce() {
    long end = Sample.BLOCK * 1_000 + 17;
    long covered = 0;
    for (int pass = 0; pass < 4; pass++) {
      List<Window> windows = new Sample(0.25, pass * 0.25).windows(PARTITION, 5, end);
      long size = windows.stream().mapToLong(one -> Math.min(end, one.to()) - one.from()).sum();
      assertThat((double) size / end).isBetween(0.2, 0.3);
      covered += size;
    }
    assertThat(covered).isEqualTo(end - 5);
    assertThat(new Sample(1, 0.5).windows(PARTITION, 5, end))
        .containsExactly(new Window(5, Long.MAX_VALUE));
  }

  @Test
  void aRate_pausesForWhatWasRead_andDoesNotMakeUpForIdleTime() {
    ReadRate rate = new ReadRate(1_000, 0);
    rate.read(500, 0);
    assertThat(rate.pauseNanos(0)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
    long later = TimeUnit.SECONDS.toNanos(100);
    assertThat(rate.pauseNanos(later)).isZero();
    rate.read(2_000, later);
    assertThat(rate.pauseNanos(later)).isEqualTo(TimeUnit.SECONDS.toNanos(2));
    ReadRate unlimited = new ReadRate(Double.POSITIVE_INFINITY, 0);
    unlimited.read(Long.MAX_VALUE / 2, 0);
    assertThat(unlimited.pauseNanos(0)).isZero();
  }

  @Test
  void aVerdict_isDifferent_ifSomethingDiffers_elseInconclusive_ifThereIsAReason() {
    PartitionVerdict.Builder verdict = PartitionVerdict.builder(PARTITION);
    assertThat(verdict.build().verdict()).isEqualTo(dev.twinlog.Verdict.EXACT);
    verdict.reason("it was not read");
    assertThat(verdict.build().verdict()).isEqualTo(dev.twinlog.Verdict.INCONCLUSIVE);
  }
}
