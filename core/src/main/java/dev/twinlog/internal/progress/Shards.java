package dev.twinlog.internal.progress;

import dev.twinlog.spi.Murmur2;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.TopicPartition;

/**
 * The shards of a link's state: the progress and the offset maps of a source partition are in one
 * of them. Which one depends on its topic and number only, not on the number of partitions, so that
 * instances that see a topic grow at different times agree. Immutable.
 *
 * @param count the number of shards, which never changes while a link has a state
 */
public record Shards(int count) {
  /** All partitions in one shard. */
  public static final Shards ONE = new Shards(1);

  public Shards {
    if (count < 1) {
      throw new IllegalArgumentException("a state has at least one shard, not " + count);
    }
  }

  /** The shard of a source partition, from 0. Partitions next to each other are in others. */
  public int of(TopicPartition source) {
    if (count == 1) {
      return 0;
    }
    int topic = Murmur2.hash(source.topic().getBytes(StandardCharsets.UTF_8));
    return Math.floorMod(topic + source.partition(), count);
  }
}
