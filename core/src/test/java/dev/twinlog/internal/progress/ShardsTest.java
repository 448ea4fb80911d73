package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The shards of a state. Where a partition belongs must never change, since states are stored. */
final class ShardsTest {

  @Test
  void thePartitionsOfATopic_areSpreadEvenly() {
    Shards eight = new Shards(8);
    assertThat(IntStream.range(0, 16).map(p -> eight.of(new TopicPartition("orders", p))))
        .containsExactly(4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3);
  }

  @Test
  void theShardFollowsFromTheHashOfTheTopicAndTheNumber() {
    // the hashes are -790332482 and -973932308
    assertThat(new Shards(64).of(new TopicPartition("foobar", 3))).isEqualTo(1);
    assertThat(new Shards(50).of(new TopicPartition("21", 0))).isEqualTo(42);
  }

  @Test
  void oneShardHasAll() {
    assertThat(Shards.ONE.of(new TopicPartition("orders", 5))).isZero();
    assertThatThrownBy(() -> new Shards(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
