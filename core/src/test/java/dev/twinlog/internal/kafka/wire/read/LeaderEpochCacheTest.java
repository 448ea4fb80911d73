package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;

final class LeaderEpochCacheTest {
  private final LeaderEpochCache epochs = new LeaderEpochCache();

  private void readThreeEpochs() {
    epochs.read(10, 1, 20);
    epochs.read(20, 1, 30);
    epochs.read(35, 3, 50); // a hole before it
    epochs.read(50, 4, 60);
  }

  @Test
  void theEpochBeforeAPosition_isThatOfTheRecordBeforeIt() {
    readThreeEpochs();
    assertThat(epochs.before(10)).isEqualTo(LeaderEpochCache.UNKNOWN);
    assertThat(epochs.before(11)).isEqualTo(1);
    assertThat(epochs.before(35)).isEqualTo(1);
    assertThat(epochs.before(36)).isEqualTo(3);
    assertThat(epochs.before(50)).isEqualTo(3);
    assertThat(epochs.before(60)).isEqualTo(4);
    assertThat(epochs.before(61)).isEqualTo(LeaderEpochCache.UNKNOWN);
  }

  @Test
  void anEpochThatSomebodyElseHasKept_countsWhereNothingWasRead() {
    epochs.startAt(100);
    epochs.addKnown(100, 5);
    epochs.topic(Uuid.randomUuid());
    assertThat(epochs.before(100)).isEqualTo(5);
    assertThat(epochs.divergence(3, 40)).isEqualTo(40);
    epochs.read(100, 6, 110);
    epochs.startAt(110);
    epochs.addKnown(110, 5);
    assertThat(epochs.before(110)).isEqualTo(6);
    assertThat(epochs.before(100)).isEqualTo(5);
  }

  @Test
  void aPositionThatWasRead_keepsItsHistoryUpToIt_andAnyOtherBeginsAnew() {
    readThreeEpochs();
    epochs.startAt(40);
    assertThat(epochs.before(40)).isEqualTo(3);
    assertThat(epochs.before(41)).isEqualTo(LeaderEpochCache.UNKNOWN);
    epochs.read(35, 3, 50); // once more
    assertThat(epochs.before(50)).isEqualTo(3);
    epochs.startAt(100);
    assertThat(epochs.before(50)).isEqualTo(LeaderEpochCache.UNKNOWN);
  }

  @Test
  void aLogThatWasCutBehindThePosition_andHasGrownAgain_hasItsNewEpochs() {
    epochs.read(0, 5, 100);
    epochs.startAt(50);
    epochs.read(50, 5, 80);
    epochs.read(80, 6, 90);
    assertThat(epochs.before(80)).isEqualTo(5);
    assertThat(epochs.before(90)).isEqualTo(6);
  }

  @Test
  void aBatchThatDiffersFromWhatWasRead_takesItsPlace() {
    epochs.read(0, 5, 100);
    epochs.read(80, 6, 90);
    assertThat(epochs.before(80)).isEqualTo(5);
    assertThat(epochs.before(90)).isEqualTo(6);
    assertThat(epochs.before(91)).isEqualTo(LeaderEpochCache.UNKNOWN);
    epochs.read(70, 4, 80);
    assertThat(epochs.before(80)).as("of an older epoch").isEqualTo(4);
    assertThat(epochs.before(70)).as("epochs ascend").isEqualTo(LeaderEpochCache.UNKNOWN);
  }

  @Test
  void anotherTopic_hasAnotherHistory() {
    Uuid id = Uuid.randomUuid();
    epochs.topic(id);
    readThreeEpochs();
    epochs.topic(id);
    assertThat(epochs.before(60)).isEqualTo(4);
    epochs.topic(Uuid.randomUuid());
    assertThat(epochs.before(60)).isEqualTo(LeaderEpochCache.UNKNOWN);
  }

  @Test
  void theDivergence_isWhereTheFirstForeignEpochBegins_orTheLeadersEnd() {
    readThreeEpochs();
    assertThat(epochs.divergence(1, 25)).isEqualTo(25);
    assertThat(epochs.divergence(1, 40)).isEqualTo(35);
    assertThat(epochs.divergence(2, 40)).isEqualTo(35);
    assertThat(epochs.divergence(4, 55)).isEqualTo(55);
    assertThat(epochs.divergence(0, 5)).isEqualTo(5);
  }

  @Test
  void oldElections_areForgotten() {
    for (int epoch = 0; epoch < 100; epoch++) {
      epochs.read(epoch, epoch, epoch + 1);
    }
    assertThat(epochs.before(100)).isEqualTo(99);
    assertThat(epochs.before(80)).isEqualTo(79);
    assertThat(epochs.before(10)).isEqualTo(LeaderEpochCache.UNKNOWN);
  }
}
