package dev.twinlog.spi;

import org.apache.kafka.common.TopicPartition;

/** The mappers that {@link PartitionMapper} names. */
final class BuiltInMappers {
  static final PartitionMapper IDENTITY = new Identity();
  static final PartitionMapper MODULO = new Modulo();
  static final PartitionMapper KEY_HASH = new KeyHash();

  private BuiltInMappers() {}

  private static final class Identity implements PartitionMapper.ByPartition {
    @Override
    public int targetPartition(TopicPartition source, int targetPartitions) {
      return source.partition();
    }

    @Override
    public String version() {
      return "identity";
    }
  }

  private static final class Modulo implements PartitionMapper.ByPartition {
    @Override
    public int targetPartition(TopicPartition source, int targetPartitions) {
      return source.partition() % targetPartitions;
    }

    @Override
    public String version() {
      return "modulo";
    }
  }

  private static final class KeyHash implements PartitionMapper.ByRecord {
    @Override
    public int targetPartition(
        TopicPartition source, ReplicationRecord record, int targetPartitions) {
      byte[] key = record.key();
      return key == null
          ? source.partition() % targetPartitions
          : (Murmur2.hash(key) & Integer.MAX_VALUE) % targetPartitions;
    }

    @Override
    public String version() {
      return "keyHash";
    }
  }
}
