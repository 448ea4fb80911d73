package dev.twinlog.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class RecordTransformTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 1);
  private static final ReplicationRecord RECORD =
      ReplicationRecord.of(4, 5, null, "a".getBytes(UTF_8), new RecordHeaders());

  private static RecordTransform appending(String text) {
    return record -> Optional.of(record.replacingValue((text(record) + text).getBytes(UTF_8)));
  }

  private static String text(ReplicationRecord record) {
    return new String(record.value(), UTF_8);
  }

  @Test
  void chained_theyAreAppliedInTheirOrder() {
    RecordTransform all = appending("b").andThen(appending("c")).andThen(appending("d"));
    assertThat(all.apply(ORDERS, RECORD)).map(RecordTransformTest::text).contains("abcd");
    assertThat(all.apply(RECORD)).map(RecordTransformTest::text).contains("abcd");
    assertThat(all.version()).isEqualTo("1+1+1");
  }

  @Test
  void whatTheFirstDrops_theNextDoesNotSee() {
    RecordTransform never =
        record -> {
          throw new AssertionError("was called");
        };
    RecordTransform dropping = record -> Optional.empty();
    assertThat(dropping.andThen(never).apply(ORDERS, RECORD)).isEmpty();
  }

  @Test
  void ofPartition_seesWhereTheRecordComesFrom_inAChainToo() {
    RecordTransform named =
        RecordTransform.ofPartition(
            "7",
            (source, record) ->
                Optional.of(record.replacingValue(source.toString().getBytes(UTF_8))));
    RecordTransform chain = named.andThen(appending("!"));
    assertThat(chain.apply(ORDERS, RECORD)).map(RecordTransformTest::text).contains("orders-1!");
    assertThat(chain.version()).isEqualTo("7+1");
  }
}
