package dev.twinlog.internal.kafka.records.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class NamedPartitionTest {
  private static final TopicPartition ONE = new TopicPartition("t", 1);
  private static final Set<TopicPartition> ALL =
      Set.of(
          ONE,
          new TopicPartition("t", 10),
          new TopicPartition("my.t", 1),
          new TopicPartition("a", 1));

  @Test
  void aName_isFoundAsAWhole() {
    assertThat(
            NamedPartition.in(
                new KafkaException(
                    "Received exception when fetching the next record from t-1. If needed, please seek past the record"),
                ALL))
        .containsExactly(ONE);
    assertThat(
            NamedPartition.in(
                new KafkaException(
                    "Encountered corrupt message when fetching offset 7 for topic-partition t-1"),
                ALL))
        .containsExactly(ONE);
    assertThat(NamedPartition.in(new KafkaException("t-12 is new"), ALL)).isEmpty();
  }

  @Test
  void damagedBytes_areKnownByTheClientsTexts() {
    KafkaException invalid =
        new KafkaException(
            "Record batch for partition t-1 at offset 7 is invalid, cause: Record is corrupt");
    assertThat(NamedPartition.isDamaged(invalid)).isTrue();
    assertThat(
            NamedPartition.isDamaged(
                new KafkaException("Received exception when fetching the next record", invalid)))
        .isTrue();
    assertThat(
            NamedPartition.isDamaged(
                new KafkaException(
                    "Encountered corrupt message when fetching offset 7 for topic-partition t-1")))
        .isTrue();
    assertThat(NamedPartition.isDamaged(new KafkaException("t-1 is not there"))).isFalse();
  }
}
