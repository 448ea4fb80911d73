package dev.twinlog.internal.engine.shared;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Protects the link from the user's metrics: their exceptions are logged once and ignored. */
final class GuardedMetrics implements StateMetrics {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedMetrics.class);

  private final LinkMetrics metrics;
  private final Optional<StateMetrics> states;
  private final AtomicBoolean warned = new AtomicBoolean();

  GuardedMetrics(LinkMetrics metrics) {
    this.metrics = metrics;
    this.states = metrics instanceof StateMetrics known ? Optional.of(known) : Optional.empty();
  }

  private void guard(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "the link's metrics threw; the link continues, further exceptions are not logged", e);
      }
    }
  }

  @Override
  public void linkOpened(String link) {
    guard(() -> metrics.linkOpened(link));
  }

  @Override
  public void linkClosed(String link) {
    guard(() -> metrics.linkClosed(link));
  }

  @Override
  public void linkState(LinkState state) {
    states.ifPresent(to -> guard(() -> to.linkState(state)));
  }

  @Override
  public void partitionState(TopicPartition source, PartitionState state) {
    states.ifPresent(to -> guard(() -> to.partitionState(source, state)));
  }

  @Override
  public void groups(Map<GroupState, Integer> byState) {
    states.ifPresent(to -> guard(() -> to.groups(byState)));
  }

  @Override
  public void verified(PartitionVerdict found, PartitionVerdict last) {
    states.ifPresent(to -> guard(() -> to.verified(found, last)));
  }

  @Override
  public void throttle(Throttle now) {
    states.ifPresent(to -> guard(() -> to.throttle(now)));
  }

  @Override
  public void throttled(Duration time) {
    guard(() -> metrics.throttled(time));
  }

  @Override
  public void throttledBySource(Duration wait) {
    guard(() -> metrics.throttledBySource(wait));
  }

  @Override
  public void throttledByTarget(Duration wait) {
    guard(() -> metrics.throttledByTarget(wait));
  }

  @Override
  public void timeToCatchUp(Optional<Duration> left) {
    guard(() -> metrics.timeToCatchUp(left));
  }

  @Override
  public void offsetMaps(long bytes) {
    guard(() -> metrics.offsetMaps(bytes));
  }

  @Override
  public void groupPositionWritten(String group, TopicPartition target, Duration latency) {
    guard(() -> metrics.groupPositionWritten(group, target, latency));
  }

  @Override
  public void partitionRemoved(TopicPartition source) {
    guard(() -> metrics.partitionRemoved(source));
  }

  @Override
  public void copied(Route route, long records, long bytes, Duration latency) {
    guard(() -> metrics.copied(route, records, bytes, latency));
  }

  @Override
  public void handling(Route route, BatchHandling handling, long batches) {
    guard(() -> metrics.handling(route, handling, batches));
  }

  @Override
  public void filtered(TopicPartition source, long records) {
    guard(() -> metrics.filtered(source, records));
  }

  @Override
  public void lag(TopicPartition source, long records, Duration time) {
    guard(() -> metrics.lag(source, records, time));
  }

  @Override
  public void lagUnknown(TopicPartition source, Duration time) {
    guard(() -> metrics.lagUnknown(source, time));
  }

  @Override
  public void heldBack(TopicPartition source, long offsets, Duration time) {
    guard(() -> metrics.heldBack(source, offsets, time));
  }

  @Override
  public void guarantee(TopicPartition source, boolean exact) {
    guard(() -> metrics.guarantee(source, exact));
  }

  @Override
  public void rewound(TopicPartition source) {
    guard(() -> metrics.rewound(source));
  }

  @Override
  public void retried(TopicPartition source) {
    guard(() -> metrics.retried(source));
  }

  @Override
  public void failed(TopicPartition source) {
    guard(() -> metrics.failed(source));
  }

  @Override
  public void skipped(TopicPartition source, long offsets) {
    guard(() -> metrics.skipped(source, offsets));
  }

  @Override
  public void deadLetter(TopicPartition source) {
    guard(() -> metrics.deadLetter(source));
  }

  @Override
  public void configsChanged(String sourceTopic, int configs) {
    guard(() -> metrics.configsChanged(sourceTopic, configs));
  }

  @Override
  public void aclsChanged(int acls) {
    guard(() -> metrics.aclsChanged(acls));
  }

  @Override
  public void duty(String name, boolean succeeded, Duration took) {
    guard(() -> metrics.duty(name, succeeded, took));
  }

  @Override
  public void listenerFailed() {
    guard(metrics::listenerFailed);
  }
}
