package dev.twinlog;

import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.internal.status.GroupSnapshot;
import dev.twinlog.internal.status.LinkSnapshot;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.internal.status.PartitionSnapshot;
import dev.twinlog.internal.status.ThrottleSnapshot;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SkippedOffsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;

/** Makes statuses as a link would show them; here since only this package can. */
public final class StatusFixture {
  public static final String LINK = "us-to-eu";
  public static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

  private final Map<TopicPartition, PartitionStatus> partitions = new LinkedHashMap<>();
  private final Map<String, GroupStatus> groups = new LinkedHashMap<>();
  private final Map<String, List<String>> notes = new LinkedHashMap<>();
  private final List<DutySnapshot> duties = new ArrayList<>();
  private LinkState state = LinkState.RUNNING;
  private String reason = "copying";
  private Optional<VerifyStatus> verification = Optional.empty();
  private Optional<MoveSnapshot> move = Optional.empty();
  private Optional<String> selectedTopics = Optional.empty();
  private Set<String> pausedTopics = Set.of();
  private ThrottleSnapshot throttle =
      new ThrottleSnapshot(
          OptionalLong.empty(),
          false,
          0,
          Optional.empty(),
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO);

  public StatusFixture state(LinkState now, String why) {
    state = now;
    reason = why;
    return this;
  }

  /** A partition that is caught up at this lag of 0. */
  public StatusFixture partition(String topic, int number, long copied) {
    return partition(topic, number, PartitionState.CAUGHT_UP, copied, 0, Duration.ZERO, "");
  }

  /** A partition; a negative lag is not known. */
  public StatusFixture partition(
      String topic,
      int number,
      PartitionState now,
      long copied,
      long lag,
      Duration lagTime,
      String cause) {
    Optional<ReplicationException> failure =
        cause.isEmpty() ? Optional.empty() : Optional.of(new RetriableException(cause));
    partitions.put(
        new TopicPartition(topic, number),
        new PartitionStatus(
            now,
            DeliveryGuarantee.EXACTLY_ONCE,
            new PartitionSnapshot(
                "the reason",
                NOW,
                NOW,
                copied,
                lag < 0 ? -1 : copied + lag,
                NOW,
                copied,
                lag,
                lagTime,
                lag < 0 ? -1 : 0,
                Optional.empty(),
                copied,
                0,
                Map.of(BatchHandling.PASSED_THROUGH, 1L),
                "",
                List.of(),
                SkippedOffsets.none(),
                failure)));
    return this;
  }

  public StatusFixture group(String id, GroupState now, String why) {
    groups.put(id, new GroupStatus(now, new GroupSnapshot(why, Map::of)));
    return this;
  }

  public StatusFixture duty(String name, int failures) {
    duties.add(new DutySnapshot(name, Optional.of(NOW), failures, Optional.empty()));
    return this;
  }

  public StatusFixture note(String topic, String note) {
    notes.computeIfAbsent(topic, any -> new ArrayList<>()).add(note);
    return this;
  }

  public StatusFixture verified() {
    verification = Optional.of(VerifyStatus.none());
    return this;
  }

  public StatusFixture moved(String actor) {
    move =
        Optional.of(
            new MoveSnapshot(new UUID(0, 1), "failover", "DONE", actor, NOW, Optional.of(NOW), ""));
    return this;
  }

  public StatusFixture throttled(long bytesPerSecond) {
    throttle =
        new ThrottleSnapshot(
            OptionalLong.of(bytesPerSecond),
            true,
            2,
            Optional.of(NOW),
            Duration.ofSeconds(3),
            Duration.ofSeconds(5),
            Duration.ofSeconds(7));
    return this;
  }

  public StatusFixture paused(String... topics) {
    pausedTopics = new TreeSet<>(List.of(topics));
    return this;
  }

  public StatusFixture selected(String topics) {
    selectedTopics = Optional.of(topics);
    return this;
  }

  public ReplicatorStatus status() {
    return new ReplicatorStatus(
        state,
        DeliveryGuarantee.EXACTLY_ONCE,
        DataPath.BATCHES,
        new LinkedHashMap<>(partitions),
        Map.copyOf(groups),
        verification,
        new LinkSnapshot(
            LINK,
            NOW,
            reason,
            NOW,
            Optional.empty(),
            notes,
            List.of(),
            duties,
            Optional.empty(),
            "on",
            Optional.of(NOW),
            Optional.empty(),
            move,
            throttle,
            pausedTopics,
            selectedTopics,
            Optional.of(Duration.ofSeconds(90)),
            4_096));
  }
}
