package dev.twinlog.spi;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** Two transforms, one after the other. */
record ChainedTransforms(RecordTransform first, RecordTransform next) implements RecordTransform {
  @Override
  public Optional<ReplicationRecord> apply(ReplicationRecord record) {
    return first.apply(record).flatMap(next::apply);
  }

  @Override
  public Optional<ReplicationRecord> apply(TopicPartition source, ReplicationRecord record) {
    return first.apply(source, record).flatMap(changed -> next.apply(source, changed));
  }

  @Override
  public String version() {
    return first.version() + "+" + next.version();
  }
}
