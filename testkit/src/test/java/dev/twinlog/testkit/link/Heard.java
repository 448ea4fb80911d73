package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.ReplicationListener;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;

/** A listener that keeps what it hears. */
final class Heard implements ReplicationListener {

  /** A hole that was reported. */
  record Gap(TopicPartition source, long from, long to, GapCause cause) {}

  /** A target that lost its end. */
  record Rewound(TopicPartition source, long survivingEnd, long from) {}

  private final List<Rewound> rewinds = new CopyOnWriteArrayList<>();
  private final List<LinkState> linkStates = new CopyOnWriteArrayList<>();
  private final List<Gap> gaps = new CopyOnWriteArrayList<>();
  private final Map<TopicPartition, List<PartitionState>> states = new ConcurrentHashMap<>();
  private final Map<TopicPartition, List<ReplicationException>> stops = new ConcurrentHashMap<>();
  private final Map<TopicPartition, List<ReplicationException>> retries = new ConcurrentHashMap<>();

  @Override
  public void linkStateChanged(LinkState from, LinkState to, String reason) {
    linkStates.add(to);
  }

  @Override
  public void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {
    states.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(to);
  }

  @Override
  public void gap(TopicPartition source, long from, long to, GapCause cause) {
    gaps.add(new Gap(source, from, to, cause));
  }

  @Override
  public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
    retries.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(cause);
  }

  @Override
  public void partitionStopped(TopicPartition source, ReplicationException cause) {
    stops.computeIfAbsent(source, key -> new CopyOnWriteArrayList<>()).add(cause);
  }

  @Override
  public void targetRewound(TopicPartition source, Route route, long survivingEnd, long from) {
    rewinds.add(new Rewound(source, survivingEnd, from));
  }

  List<Rewound> rewinds() {
    return rewinds;
  }

  List<LinkState> linkStates() {
    return linkStates;
  }

  List<Gap> gaps() {
    return gaps;
  }

  List<PartitionState> states(TopicPartition source) {
    return states.getOrDefault(source, List.of());
  }

  List<ReplicationException> retries(TopicPartition source) {
    return retries.getOrDefault(source, List.of());
  }

  List<ReplicationException> stops(TopicPartition source) {
    return stops.getOrDefault(source, List.of());
  }

  /** Waits until the partition has stopped that often; returns the last cause. */
  ReplicationException awaitStop(TopicPartition source, int times) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(() -> assertThat(stops(source)).hasSizeGreaterThanOrEqualTo(times));
    assertThat(stops(source)).as("%s", stops(source)).hasSize(times);
    return stops(source).get(times - 1);
  }
}
