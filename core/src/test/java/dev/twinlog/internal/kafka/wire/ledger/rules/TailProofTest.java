package dev.twinlog.internal.kafka.wire.ledger.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.wire.ledger.LogBytes;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.SequenceRange;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TailProofTest {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long OWN = 7;

  private final TailProof proof =
      new TailProof(new SequenceRange(OWN, (short) 3, 50, SequenceRange.OPEN, 0), 100);

  private void add(long base, long producer, int sequence, int count) {
    var unused = proof.add(LogBytes.batch(base, producer, 3, sequence, count), 0);
  }

  private long proved() {
    return proof.proved(new LedgerRules(), 2_000, DAY);
  }

  @Test
  void theLastBatch_provesAllBeforeIt() {
    add(190, OWN, 140, 10);
    assertThat(proved()).isEqualTo(100);
  }

  @Test
  void laterBatchesOfOthers_doNotMatter() {
    add(190, OWN, 140, 10);
    add(200, 9, 0, 5);
    assertThat(proved()).isEqualTo(100);
  }

  @Test
  void earlierBatchesOfOthers_requireAScan() {
    add(195, OWN, 140, 10);
    assertThat(proved()).isZero();
  }

  @Test
  void anOldBatch_provesNothing() {
    add(190, OWN, 140, 10);
    assertThat(proof.proved(new LedgerRules(), 1_000 + DAY, DAY)).isZero();
  }

  @Test
  void aHoleAfterIt_requiresAScan() {
    add(190, OWN, 140, 10);
    add(205, 9, 0, 5);
    assertThat(proved()).isZero();
  }

  @Test
  void withoutTheRoute_nothingIsProved() {
    add(190, 9, 140, 10);
    assertThat(proved()).isZero();
  }

  @Test
  void recordsBeforeTheProgress_doNotCount() {
    add(90, OWN, 40, 10);
    assertThat(proved()).isZero();
  }
}
