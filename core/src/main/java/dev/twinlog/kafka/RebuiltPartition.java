package dev.twinlog.kafka;

import dev.twinlog.internal.offsets.LogComparison;
import dev.twinlog.spi.Route;
import org.apache.kafka.common.TopicPartition;

/** The result of {@link KafkaLinks#rebuild} for a source partition. Immutable. */
public final class RebuiltPartition {
  private final Route route;
  private final LogComparison.Match match;

  RebuiltPartition(Route route, LogComparison.Match match) {
    this.route = route;
    this.match = match;
  }

  /** The partition that its copies are in. */
  public TopicPartition target() {
    return route.target();
  }

  /** The source offset at which the link continues. */
  public long sourceNext() {
    return match.progress().sourceNext();
  }

  /** How many of the records that are in both clusters were copied. */
  public long copied() {
    return match.copied();
  }

  /** How many records of other producers were found between or after them. */
  public long foreignRecords() {
    return match.foreign();
  }

  @Override
  public String toString() {
    return "%s: %d copied, %d of others, goes on at %d"
        .formatted(route, copied(), foreignRecords(), sourceNext());
  }
}
