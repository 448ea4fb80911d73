package dev.twinlog.spi;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** A transform that needs the source partition. */
record PartitionTransform(RecordTransform.OfPartition transform, String version)
    implements RecordTransform {
  @Override
  public Optional<ReplicationRecord> apply(ReplicationRecord record) {
    throw new IllegalStateException(
        "this transform looks at the source partition: call apply(source, record)");
  }

  @Override
  public Optional<ReplicationRecord> apply(TopicPartition source, ReplicationRecord record) {
    return transform.apply(source, record);
  }
}
