package dev.twinlog.testkit.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.simulator.model.ModelTimes;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests late transaction markers, which a real broker has rarely and the model on demand. */
final class LateMarkerTest {
  private static final int SECOND = 1_000;

  private final Asker ask =
      new Asker(new ModelLab(new ModelTimes(0, 0, 0, 0, 20 * SECOND, 0, Integer.MAX_VALUE, 0)));

  @Test
  void formerEpoch_canWriteUntilTheMarkerIsThere_thoughTheTransactionHasEnded() {
    TopicPartition to = new TopicPartition(ask.createTopic(1), 0);
    Asker.Id former = ask.init("late");
    ask.produce(to, former, 0, 1);
    Asker.Id next = ask.init("late");
    ask.add("late", next, to);
    ask.end("late", next);
    ask.produce(to, former, 1, 1);
    ask.awaitEnd(to, 3);
    ask.produce(to, former, 2, 1);
    assertThat(ask.notes())
        .containsSubsequence(
            "end: NONE",
            "p0 epoch 0 sequence 1: NONE at 1",
            "p0 epoch 0 sequence 2: INVALID_PRODUCER_EPOCH at -1");
  }
}
