package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.jspecify.annotations.Nullable;

/**
 * When to offer a record again that the producer could not take, because it knew no metadata yet or
 * had no memory left, and when to stop offering it.
 *
 * <p>Confined to the writer thread.
 */
final class SendRetry {
  private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration PARTITION_TIMEOUT = Duration.ofSeconds(5);
  private static final long FIRST_DELAY_NANOS = Duration.ofMillis(5).toNanos();
  private static final long LAST_DELAY_NANOS = Duration.ofMillis(100).toNanos();

  private long sinceNanos;
  private long delayNanos;
  private long atNanos;

  boolean isWaiting() {
    return delayNanos != 0;
  }

  /** How long until it is worth trying; {@link Long#MAX_VALUE} if nothing was refused. */
  long nanosToRetry(long nowNanos) {
    return isWaiting() ? Math.max(0, atNanos - nowNanos) : Long.MAX_VALUE;
  }

  void taken() {
    delayNanos = 0;
  }

  /**
   * The producer refused it now.
   *
   * @param quiet whether nothing of the route is under way
   * @return whether this is a refusal that must not go on for ever
   */
  boolean refused(Exception refused, boolean quiet, long nowNanos) {
    if (!isWaiting()) {
      sinceNanos = nowNanos;
      delayNanos = FIRST_DELAY_NANOS;
    } else {
      delayNanos = Math.min(2 * delayNanos, LAST_DELAY_NANOS);
    }
    atNanos = nowNanos + delayNanos;
    return quiet && !(refused instanceof BufferExhaustedException);
  }

  /** What to fail the write with after waiting for metadata too long; null to go on waiting. */
  @Nullable ReplicationException verdict(
      Exception refused, Route route, ProducerSlot slot, WriterContext parts, long nowNanos) {
    String topic = route.target().topic();
    String alias = parts.errors().alias();
    long waited = nowNanos - sinceNanos;
    if (waited > PARTITION_TIMEOUT.toNanos()) {
      int partitions = parts.slots().partitions(slot, topic);
      if (partitions > 0 && partitions <= route.target().partition()) {
        return tooFew(route, alias, partitions);
      }
    }
    if (waited > METADATA_TIMEOUT.toNanos()) {
      return new RetriableException(
          "%s gave no metadata of topic %s for %d s: is it reachable, does the topic exist, may the link DESCRIBE it?"
              .formatted(alias, topic, METADATA_TIMEOUT.toSeconds()),
          refused);
    }
    return null;
  }

  /** The target partition of a route is not there. */
  static PartitionFailedException tooFew(Route route, String alias, int partitions) {
    return new PartitionFailedException(
        "%s on %s has %d partitions, but %s goes to partition %d: let it grow and resume the partition, or choose another partition mapper"
            .formatted(
                route.target().topic(),
                alias,
                partitions,
                route.source(),
                route.target().partition()));
  }
}
