package dev.twinlog.internal.engine.sync;

import dev.twinlog.spi.ReplicationException;
import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/** Receives the positions of consumer groups that the link has written in the target. */
@FunctionalInterface
public interface Checkpoints {

  /**
   * The position of a group in a target partition.
   *
   * @param source the group's offset in the source partition
   * @param target the offset that was written for it
   */
  record Checkpoint(
      String group, TopicPartition partition, long source, long target, String metadata) {}

  /**
   * Takes positions that were written; may block.
   *
   * @return why they could not be kept, if so
   * @throws ReplicationException if that is to be tried again
   */
  Optional<ReplicationException> written(Collection<Checkpoint> positions);
}
