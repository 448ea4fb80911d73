package dev.twinlog.internal.kafka.wire.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.LogBytes;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import dev.twinlog.spi.TargetRun;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScanTest {
  private static final long OWN = 7;
  private static final long OTHER = 8;

  private static Scan scan(int sequence, long start) {
    return new Scan(
        new LedgerRules(),
        List.of(new SequenceRange(OWN, (short) 3, sequence, SequenceRange.OPEN, start)),
        start);
  }

  private static void add(Scan scan, long base, long producer, int epoch, int sequence, int count) {
    var unused = scan.add(LogBytes.batch(base, producer, epoch, sequence, count), 0);
  }

  @Test
  void consecutiveBatches_areOneRun() {
    Scan scan = scan(5, 100);
    add(scan, 100, OWN, 3, 5, 10);
    add(scan, 110, OWN, 3, 15, 2);
    scan.end(112);
    assertThat(scan.count()).isEqualTo(12);
    assertThat(scan.runs()).containsExactly(new TargetRun(100, 12));
    assertThat(scan.mayLackTail()).isFalse();
    assertThat(scan.broken()).isNull();
  }

  @Test
  void batchesOfOtherProducers_areLeftOut() {
    Scan scan = scan(0, 100);
    add(scan, 100, OTHER, 3, 0, 4);
    add(scan, 104, OWN, 3, 0, 3);
    var unused = scan.add(LogBytes.marker(107, OWN, 3), 0);
    add(scan, 108, OWN, 2, 3, 5); // an epoch that is not expected
    add(scan, 113, OWN, 3, 3, 1);
    scan.end(114);
    assertThat(scan.runs()).containsExactly(new TargetRun(104, 3), new TargetRun(113, 1));
    assertThat(scan.broken()).isNull();
  }

  @Test
  void sequences_continueAtZeroAfterTheLastOne() {
    Scan scan = scan(Integer.MAX_VALUE - 1, 0);
    add(scan, 0, OWN, 3, Integer.MAX_VALUE - 1, 5);
    add(scan, 5, OWN, 3, 3, 2);
    scan.end(7);
    assertThat(scan.count()).isEqualTo(7);
    assertThat(scan.broken()).isNull();
  }

  @Test
  void aBatchAcrossTheProgress_countsFromTheProgressOn() {
    Scan scan = scan(4, 104);
    assertThat(scan.add(LogBytes.batch(100, OWN, 3, 0, 10), 0)).isEqualTo(104);
    scan.end(110);
    assertThat(scan.runs()).containsExactly(new TargetRun(104, 6));
  }

  @Test
  void missingRecords_areDetected() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    add(scan, 105, OWN, 3, 9, 5);
    assertThat(scan.broken()).contains("4 records", "offset 105");
  }

  @Test
  void missingRecordsAfterAnotherProducersBatch_areDetected() {
    Scan scan = scan(0, 100);
    add(scan, 100, OTHER, 0, 0, 5);
    add(scan, 105, OWN, 3, 5, 5);
    assertThat(scan.broken()).contains("5 records");
  }

  @Test
  void duplicates_countOnce() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    add(scan, 105, OWN, 3, 0, 5);
    assertThat(scan.add(LogBytes.batch(110, OWN, 3, 3, 5), 0)).isEqualTo(112);
    scan.end(115);
    assertThat(scan.duplicates()).isEqualTo(7);
    assertThat(scan.count()).isEqualTo(8);
    assertThat(scan.runs()).containsExactly(new TargetRun(100, 5), new TargetRun(112, 3));
    assertThat(scan.broken()).isNull();
  }

  @Test
  void aBatchThatCompactionRemoved_counts() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    add(scan, 112, OWN, 3, 12, 3);
    scan.end(115);
    assertThat(scan.runs()).containsExactly(new TargetRun(100, 15));
    assertThat(scan.mayLackTail()).isFalse();
  }

  @Test
  void holesOfOtherProducers_mayHaveHeldTheRoutesRecords() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    add(scan, 107, OTHER, 0, 0, 1);
    add(scan, 112, OWN, 3, 9, 3);
    scan.end(115);
    assertThat(scan.broken()).isNull();
    assertThat(scan.count()).isEqualTo(12);
    assertThat(scan.runs())
        .containsExactly(new TargetRun(100, 7), new TargetRun(108, 2), new TargetRun(112, 3));
    assertThat(scan.mayLackTail()).isFalse();
  }

  @Test
  void moreRecordsThanCompactionCanHaveRemoved_areAHole() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    add(scan, 107, OTHER, 0, 0, 1);
    add(scan, 109, OWN, 3, 9, 3);
    assertThat(scan.broken()).contains("4 records", "offset 109");
  }

  @Test
  void offsetsSkippedBeforeOtherProducers_doNotCount() {
    Scan scan = scan(0, 100);
    add(scan, 104, OWN, 3, 0, 5);
    scan.end(109);
    assertThat(scan.runs()).containsExactly(new TargetRun(104, 5));
    assertThat(scan.mayLackTail()).isFalse();
  }

  @Test
  void offsetsSkippedAtTheEnd_mayHaveHeldRecordsOfTheRoute() {
    Scan scan = scan(0, 100);
    add(scan, 100, OWN, 3, 0, 5);
    scan.end(108);
    assertThat(scan.mayLackTail()).isTrue();
  }

  @Test
  void aLogThatStartsAfterTheProgress_stillGivesTheCount() {
    Scan scan = scan(0, 100);
    scan.startDeleted(150);
    add(scan, 150, OWN, 3, 40, 5);
    scan.end(155);
    assertThat(scan.count()).isEqualTo(45);
    assertThat(scan.runs()).containsExactly(new TargetRun(100, 40), new TargetRun(150, 5));
    assertThat(scan.mayLackTail()).isFalse();
  }

  @Test
  void aLogThatStartsAfterTheProgress_withoutTheRoute_mayLackItsTail() {
    Scan scan = scan(0, 100);
    scan.startDeleted(150);
    add(scan, 150, OTHER, 0, 0, 5);
    scan.end(155);
    assertThat(scan.mayLackTail()).isTrue();
  }

  @Test
  void moreMissingThanTheLogEverHeld_isAHole() {
    Scan scan = scan(0, 100);
    scan.startDeleted(105);
    add(scan, 105, OWN, 3, 40, 5);
    assertThat(scan.broken()).isNotNull();
  }

  private static Scan twoSessions() {
    return new Scan(
        new LedgerRules(),
        List.of(
            new SequenceRange(OWN, (short) 3, 20, 5, 100),
            new SequenceRange(OWN, (short) 4, 0, SequenceRange.OPEN, 106)),
        100);
  }

  @Test
  void formerSessions_countInTheirOrder() {
    Scan scan = twoSessions();
    add(scan, 100, OWN, 3, 20, 5);
    var unused = scan.add(LogBytes.marker(105, OWN, 4), 0);
    add(scan, 106, OWN, 4, 0, 2);
    scan.end(108);
    assertThat(scan.runs()).containsExactly(new TargetRun(100, 5), new TargetRun(106, 2));
    assertThat(scan.ranges())
        .containsExactly(
            new SequenceRange(OWN, (short) 3, 20, 5, 100),
            new SequenceRange(OWN, (short) 4, 0, 2, 106));
  }

  @Test
  void aFormerSessionThatLostItsTail_countsWhatIsLeft() {
    Scan scan = twoSessions();
    add(scan, 100, OWN, 3, 20, 3);
    scan.end(103);
    assertThat(scan.count()).isEqualTo(3);
    assertThat(scan.broken()).isNull();
  }

  @Test
  void aFormerSessionThatLostItsTail_beforeTheNextOneWrote_isAHole() {
    Scan scan = twoSessions();
    add(scan, 100, OWN, 3, 20, 3);
    add(scan, 103, OTHER, 0, 0, 3);
    add(scan, 106, OWN, 4, 0, 2);
    assertThat(scan.broken()).contains("2 records");
  }

  @Test
  void aFormerSessionWhoseTailCompactionRemoved_counts() {
    Scan scan = twoSessions();
    add(scan, 100, OWN, 3, 20, 3);
    add(scan, 106, OWN, 4, 0, 2);
    scan.end(108);
    assertThat(scan.broken()).isNull();
    assertThat(scan.count()).isEqualTo(7);
  }

  @Test
  void aFormerSessionThatContinued_isDetected() {
    Scan scan = twoSessions();
    add(scan, 100, OWN, 3, 20, 7);
    assertThat(scan.broken()).contains("had already ended");
  }

  @Test
  void ranges_beginWhereTheirRecordsWereFound() {
    SequenceRange behindALostEnd = new SequenceRange(OWN, (short) 3, 14, SequenceRange.OPEN, 46);
    Scan scan = new Scan(new LedgerRules(), List.of(behindALostEnd), 16);
    add(scan, 16, OWN, 3, 14, 1);
    scan.end(17);
    assertThat(scan.ranges()).containsExactly(new SequenceRange(OWN, (short) 3, 14, 1, 16));
  }
}
