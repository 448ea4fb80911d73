package dev.twinlog.testkit.quickstart;

import dev.twinlog.LinkState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/** A replication listener that prints a replicator's unusual events. Thread-safe. */
final class Narrator implements ReplicationListener {
  private static final int RETRIES_TOLD = 3;

  private final Consumer<String> tell;
  private final AtomicInteger retries = new AtomicInteger();

  Narrator(Consumer<String> tell) {
    this.tell = tell;
  }

  @Override
  public void linkStateChanged(LinkState from, LinkState to, String reason) {
    if (to == LinkState.FAILED || to == LinkState.FENCED) {
      tell.accept("The link is " + to + ": " + reason);
    }
  }

  @Override
  public void gap(TopicPartition source, long from, long to, GapCause cause) {
    tell.accept("%s has a gap (%s) from offset %d to %d".formatted(source, cause, from, to));
  }

  @Override
  public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
    int told = retries.incrementAndGet();
    if (told <= RETRIES_TOLD) {
      tell.accept(
          "%s is retried in %d ms: %s".formatted(source, delay.toMillis(), cause.getMessage()));
    }
  }

  @Override
  public void partitionStopped(TopicPartition source, ReplicationException cause) {
    tell.accept("%s stopped: %s".formatted(source, cause.getMessage()));
  }
}
