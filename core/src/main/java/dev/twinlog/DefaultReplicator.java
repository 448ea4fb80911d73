package dev.twinlog;

import dev.twinlog.internal.engine.LinkEngine;
import dev.twinlog.internal.engine.LinkSettings;
import dev.twinlog.internal.engine.PartitionView;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicator, which delegates to the engine. */
final class DefaultReplicator implements Replicator {
  private static final Logger LOG = LoggerFactory.getLogger(DefaultReplicator.class);
  private static final Duration LONGEST_WAIT = Duration.ofDays(365);

  private final LinkEngine engine;
  private final LinkPath path;

  DefaultReplicator(LinkEngine engine) {
    this(engine, LinkPath.between(engine.settings().source(), engine.settings().sink()));
  }

  DefaultReplicator(LinkEngine engine, LinkPath path) {
    this.engine = engine;
    this.path = path;
  }

  @Override
  public void start() {
    if (engine.state() == LinkState.NEW) {
      path.reason()
          .ifPresent(
              why ->
                  LOG.warn("Link {} runs on the record path: {}", engine.settings().link(), why));
    }
    engine.start();
  }

  @Override
  public ReplicatorStatus status() {
    LinkSettings settings = engine.settings();
    Map<TopicPartition, PartitionStatus> partitions = new LinkedHashMap<>();
    for (Map.Entry<TopicPartition, PartitionView> view : engine.partitions().entrySet()) {
      partitions.put(view.getKey(), new PartitionStatus(view.getValue()));
    }
    LinkHealth health =
        LinkHealth.of(
            new LinkHealth.Facts(
                engine.state(),
                engine.reason(),
                engine.since(),
                partitions,
                engine.missingTopics(),
                engine.unsavedSince()),
            settings.clock().instant());
    return new ReplicatorStatus(
        settings.link(),
        engine.state(),
        engine.reason(),
        settings.guarantee(),
        path,
        Collections.unmodifiableMap(partitions),
        engine.notes(),
        engine.unsavedSince(),
        engine.lastError(),
        health);
  }

  @Override
  public boolean awaitCaughtUp(Duration timeout) throws InterruptedException {
    CompletableFuture<Void> caughtUp = engine.whenCaughtUp();
    Duration wait = timeout.compareTo(LONGEST_WAIT) < 0 ? timeout : LONGEST_WAIT;
    try {
      caughtUp.get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalStateException closed) {
        throw new IllegalStateException(closed.getMessage(), closed);
      }
      if (e.getCause() instanceof ReplicationException cause) {
        throw cause;
      }
      throw new ReplicationException("waiting failed: " + e.getCause(), e.getCause());
    } finally {
      caughtUp.cancel(false);
    }
  }

  @Override
  public void pause() {
    engine.pause();
  }

  @Override
  public void resume() {
    engine.resume();
  }

  @Override
  public void pause(Collection<TopicPartition> source) {
    engine.pause(source);
  }

  @Override
  public void resume(Collection<TopicPartition> source) {
    engine.resume(source);
  }

  @Override
  public void acceptLoss(Collection<TopicPartition> source) {
    engine.acceptLoss(source);
  }

  @Override
  public Offsets offsets() {
    return engine.offsets();
  }

  @Override
  public void close() {
    engine.close();
  }

  @Override
  public String toString() {
    return "replicator of link " + engine.settings().link() + ", " + engine.state();
  }
}
