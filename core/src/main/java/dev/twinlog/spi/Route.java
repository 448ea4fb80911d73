package dev.twinlog.spi;

import java.util.Objects;
import org.apache.kafka.common.TopicPartition;

/**
 * One source partition that is written to one target partition, in order.
 *
 * @param source where the records come from
 * @param target where they go
 */
public record Route(TopicPartition source, TopicPartition target) {
  public Route {
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(target, "target");
  }

  @Override
  public String toString() {
    return source + " -> " + target;
  }
}
