package dev.twinlog.spi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

final class PartitionMapperTest {
  private static final TopicPartition ORDERS_7 = new TopicPartition("orders", 7);

  @Test
  void identity_keepsTheNumber() {
    var mapper = (PartitionMapper.ByPartition) PartitionMapper.identity();
    assertThat(mapper.targetPartition(ORDERS_7, 12)).isEqualTo(7);
    assertThat(mapper.targetPartition(ORDERS_7, 3)).as("the engine refuses it").isEqualTo(7);
  }

  @Test
  void modulo_folds() {
    var mapper = (PartitionMapper.ByPartition) PartitionMapper.modulo();
    assertThat(mapper.targetPartition(ORDERS_7, 12)).isEqualTo(7);
    assertThat(mapper.targetPartition(ORDERS_7, 3)).isEqualTo(1);
    assertThat(mapper.targetPartition(ORDERS_7, 1)).isZero();
  }

  @Test
  void keyHash_goesWhereAKafkaProducerWouldSendTheKey() {
    var mapper = (PartitionMapper.ByRecord) PartitionMapper.keyHash();
    for (int i = 0; i < 1_000; i++) {
      byte[] key = ("customer-" + i).getBytes(UTF_8);
      assertThat(mapper.targetPartition(ORDERS_7, record(key), 13))
          .isEqualTo(BuiltInPartitioner.partitionForKey(key, 13));
    }
    assertThat(mapper.targetPartition(ORDERS_7, record(new byte[0]), 13))
        .isEqualTo(BuiltInPartitioner.partitionForKey(new byte[0], 13));
  }

  @Test
  void keyHash_withoutAKey_isModulo() {
    var mapper = (PartitionMapper.ByRecord) PartitionMapper.keyHash();
    assertThat(mapper.targetPartition(ORDERS_7, record(null), 3)).isEqualTo(1);
  }

  @Test
  void versions_tellTheBuiltInMappersApart() {
    assertThat(PartitionMapper.identity().version())
        .isNotEqualTo(PartitionMapper.modulo().version())
        .isNotEqualTo(PartitionMapper.keyHash().version());
    PartitionMapper.ByPartition own = (source, partitions) -> 0;
    assertThat(own.version()).isEqualTo("1");
  }

  @Test
  void topicMappers() {
    assertThat(TopicMapper.identity().targetTopic("orders")).isEqualTo("orders");
    assertThat(TopicMapper.prefixed("us-east.").targetTopic("orders")).isEqualTo("us-east.orders");
  }

  private static ReplicationRecord record(byte[] key) {
    return ReplicationRecord.of(0, 0, key, null, new RecordHeaders());
  }
}
