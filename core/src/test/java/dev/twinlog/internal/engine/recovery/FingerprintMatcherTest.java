package dev.twinlog.internal.engine.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.RecordFingerprint;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.TargetRun;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class FingerprintMatcherTest {
  private static final Route ROUTE =
      new Route(new TopicPartition("s", 0), new TopicPartition("t", 0));

  private static ReplicationRecord record(long offset, long timestamp, String value) {
    return ReplicationRecord.of(
        offset, timestamp, null, value.getBytes(StandardCharsets.UTF_8), new RecordHeaders());
  }

  private static FingerprintMatcher matches(boolean timestampsIncluded, Long... prints) {
    List<TargetRun> held = List.of(new TargetRun(7, 1), new TargetRun(9, 1));
    return new FingerprintMatcher(
        ROUTE, new SkipMatching(2, held, List.of(prints), timestampsIncluded, new byte[0]), 40);
  }

  @Test
  void heldRecords_areWhereTheRunsSay() {
    FingerprintMatcher held = matches(true, RecordFingerprint.of(record(3, 100, "b")));

    assertThat(held.match(record(41, 99, "a"))).isEqualTo(new OffsetRun(41, 7, 1));
    assertThat(held.isProven()).isFalse();
    assertThat(held.match(record(43, 100, "b"))).isEqualTo(new OffsetRun(43, 9, 1));
    assertThat(held.isProven()).isTrue();
  }

  @Test
  void anotherTimestamp_isAnotherRecord_unlessTheTargetOverwritesThem() {
    FingerprintMatcher timestampsIncluded =
        matches(true, RecordFingerprint.of(record(3, 100, "b")));
    assertThat(timestampsIncluded.match(record(41, 99, "a"))).isNotNull();
    assertThatThrownBy(() -> timestampsIncluded.match(record(43, 101, "b")))
        .isInstanceOf(AlreadyWrittenMismatchException.class)
        .hasMessageContaining("source offset 43")
        .hasMessageContaining("at offset 9");

    FingerprintMatcher untimed = matches(false, RecordFingerprint.of(record(3, 100, "b"), false));
    assertThat(untimed.match(record(41, 99, "a"))).isNotNull();
    assertThat(untimed.match(record(43, 101, "b"))).isEqualTo(new OffsetRun(43, 9, 1));
    assertThat(untimed.isProven()).isTrue();
  }

  @Test
  void withoutAnyPrint_nothingIsDroppedUnasked() {
    assertThatThrownBy(() -> matches(true))
        .isInstanceOf(AlreadyWrittenMismatchException.class)
        .hasMessageContaining("can't be matched")
        .hasMessageContaining("write everything from source offset 40 on again");
  }
}
