package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationRecord;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Tests where a copy has ended, by the records of both sides behind the saved progress. */
final class TailMatchTest {
  private static ReplicationRecord record(long offset, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return ReplicationRecord.of(offset, offset, null, bytes, new RecordHeaders());
  }

  private static TailMatch match(boolean gapsAllowed, String held, String source) {
    TailMatch match = new TailMatch(100, gapsAllowed);
    for (int i = 0; i < held.length(); i++) {
      if (held.charAt(i) != '.') {
        match.held(record(500 + i, held.substring(i, i + 1)));
      }
    }
    for (int i = 0; i < source.length(); i++) {
      if (source.charAt(i) != '.') {
        match.source(record(100 + i, source.substring(i, i + 1)));
      }
    }
    return match;
  }

  @Test
  void theSeam_isBehindTheLastRecordThatBothHave() {
    TailMatch match = match(false, "ab.c", "a.bcde");
    assertThat(match.problem()).isEmpty();
    assertThat(match.seam()).isEqualTo(104);
    assertThat(match.diverged()).isEqualTo(2);
    assertThat(match.runs())
        .containsExactly(
            new OffsetRun(100, 500, 1), new OffsetRun(102, 501, 1), new OffsetRun(103, 503, 1));
  }

  @Test
  void equalRecords_areMatchedInTheirOrder() {
    TailMatch match = match(false, "aa", "aaa");
    assertThat(match.seam()).isEqualTo(102);
    assertThat(match.diverged()).isEqualTo(1);
  }

  @Test
  void withoutHeldRecords_everythingBehindTheCutHasDiverged() {
    TailMatch match = match(false, "", "ab");
    match.behind(5);
    assertThat(match.seam()).isEqualTo(100);
    assertThat(match.diverged()).isEqualTo(7);
  }

  @Test
  void anotherRecordThanTheCopied_isAProblem_andTheRestCountsAsDiverged() {
    TailMatch match = match(false, "ab", "axc");
    assertThat(match.problem())
        .hasValueSatisfying(why -> assertThat(why).contains("101", "501", "another record"));
    assertThat(match.diverged()).isEqualTo(2);
  }

  @Test
  void aSourceThatHasLostRecords_isAProblem() {
    assertThat(match(false, "abc", "a").problem())
        .hasValueSatisfying(why -> assertThat(why).contains("501", "2 records", "lost"));
  }

  @Test
  void whatCompactionHasRemovedOnEitherSide_isPassedOver() {
    TailMatch match = match(true, "acd", "abde");
    assertThat(match.problem()).isEmpty();
    assertThat(match.seam()).isEqualTo(103);
    assertThat(match.diverged()).isEqualTo(1);
    assertThat(match.matches()).isEqualTo(2);
  }

  @Test
  void whatIsBeforeTheCut_neverCountsAsDiverged() {
    TailMatch match = new TailMatch(102, true);
    match.source(record(100, "a"));
    match.source(record(102, "b"));
    assertThat(match.seam()).isEqualTo(102);
    assertThat(match.diverged()).isEqualTo(1);
  }
}
