package dev.twinlog.internal.kafka.records.idempotent;

import dev.twinlog.internal.kafka.records.common.MissingPartition;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a record is offered again that the producer could not accept, because it had no
 * metadata yet or no memory left, and when to stop offering it.
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

  /** Returns how long until the next attempt; {@link Long#MAX_VALUE} if nothing was refused. */
  long nanosToRetry(long nowNanos) {
    return isWaiting() ? Math.max(0, atNanos - nowNanos) : Long.MAX_VALUE;
  }

  void taken() {
    delayNanos = 0;
  }

  /**
   * Notes that the producer refused it now.
   *
   * @param quiet whether nothing of the route is in flight
   * @return whether this refusal must end after a timeout
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

  /** Returns the exception after waiting for metadata too long; null to keep waiting. */
  @Nullable ReplicationException timeoutFailure(
      Exception refused, Route route, ProducerSlot slot, WriterContext context, long nowNanos) {
    String topic = route.target().topic();
    String alias = context.errors().alias();
    long waited = nowNanos - sinceNanos;
    if (waited > PARTITION_TIMEOUT.toNanos()) {
      int partitions = context.slots().partitions(slot, topic);
      if (partitions > 0 && partitions <= route.target().partition()) {
        return MissingPartition.of(route, alias, partitions);
      }
    }
    if (waited > METADATA_TIMEOUT.toNanos()) {
      return new RetriableException(
          "%s returned no metadata of topic %s for %d s: is it reachable, does the topic exist, may the link DESCRIBE it?"
              .formatted(alias, topic, METADATA_TIMEOUT.toSeconds()),
          refused);
    }
    return null;
  }
}
