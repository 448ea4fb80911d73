package dev.twinlog.metrics;

import dev.twinlog.GroupState;
import dev.twinlog.GroupSync;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Throttle;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.metrics.internal.page.RecentEventLog;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Keeps the last 200 events of a link for its {@link StatusPage}, and passes every event on to a
 * listener of yours.
 *
 * <pre>{@code
 * RecentEvents events = new RecentEvents();
 * Replicator replicator = Replicator.builder().onEvent(events)...build();
 * StatusPage page = StatusPage.of(replicator).events(events).port(8080).serve();
 * }</pre>
 *
 * <p>Kept are all events but those that every partition has all the time: that it joined the link,
 * is opened, copies or is caught up. Events that many partitions have at once are kept as one, with
 * their number. Thread-safe; never blocks.
 */
public final class RecentEvents implements ReplicationListener {
  private final RecentEventLog log;
  private final ReplicationListener next;

  /** Keeps the events of one link. */
  public RecentEvents() {
    this(new ReplicationListener() {});
  }

  /**
   * Keeps the events of one link, and passes them on.
   *
   * @param next your listener; what it throws is treated as {@link ReplicationListener} says
   */
  public RecentEvents(ReplicationListener next) {
    this(next, Clock.systemUTC());
  }

  RecentEvents(ReplicationListener next, Clock clock) {
    this.next = Objects.requireNonNull(next, "next");
    this.log = new RecentEventLog(clock);
  }

  RecentEventLog log() {
    return log;
  }

  @Override
  public void linkStateChanged(LinkState from, LinkState to, String reason) {
    log.linkStateChanged(from, to, reason);
    next.linkStateChanged(from, to, reason);
  }

  @Override
  public void throttleChanged(Throttle from, Throttle to) {
    log.add("throttleChanged", from + " -> " + to);
    next.throttleChanged(from, to);
  }

  @Override
  public void topicsSelected(TopicSelector topics) {
    log.add("topicsSelected", topics.toString());
    next.topicsSelected(topics);
  }

  @Override
  public void groupSyncChanged(GroupSync from, GroupSync to) {
    log.add("groupSyncChanged", from + " -> " + to);
    next.groupSyncChanged(from, to);
  }

  @Override
  public void moved(MoveReport report) {
    log.add("moved", report.verb() + " " + report.outcome() + " by " + report.actor());
    next.moved(report);
  }

  @Override
  public void partitionAdded(TopicPartition source) {
    next.partitionAdded(source);
  }

  @Override
  public void partitionRemoved(TopicPartition source, String reason) {
    log.addAlike("partitionRemoved", "", source + ": " + reason);
    next.partitionRemoved(source, reason);
  }

  @Override
  public void partitionStateChanged(
      TopicPartition source, PartitionState from, PartitionState to, String reason) {
    log.partitionStateChanged(source, from, to, reason);
    next.partitionStateChanged(source, from, to, reason);
  }

  @Override
  public void gap(TopicPartition source, long from, long to, GapCause cause) {
    log.add("gap", "%s: %s, offsets %d to %d".formatted(source, cause, from, to));
    next.gap(source, from, to, cause);
  }

  @Override
  public void targetRewound(TopicPartition source, Route route, long survivingEnd, long resumedAt) {
    log.addAlike(
        "targetRewound",
        "",
        "%s: %s ends at %d, copied again from source offset %d"
            .formatted(source, route.target(), survivingEnd, resumedAt));
    next.targetRewound(source, route, survivingEnd, resumedAt);
  }

  @Override
  public void repeating(TopicPartition source, long from, long records) {
    log.addAlike(
        "repeating",
        "",
        "%s: copied again from source offset %d, %d records may be twice"
            .formatted(source, from, records));
    next.repeating(source, from, records);
  }

  @Override
  public void lossAccepted(TopicPartition source, long from, long to, ReplicationException cause) {
    log.add(
        "lossAccepted", "%s: from %d to %d: %s".formatted(source, from, to, cause.getMessage()));
    next.lossAccepted(source, from, to, cause);
  }

  @Override
  public void recordSkipped(TopicPartition source, long offset) {
    log.add("recordSkipped", "%s: offset %d".formatted(source, offset));
    next.recordSkipped(source, offset);
  }

  @Override
  public void skippedRecordReplaced(TopicPartition source, long offset) {
    log.add("skippedRecordReplaced", "%s: offset %d".formatted(source, offset));
    next.skippedRecordReplaced(source, offset);
  }

  @Override
  public void deadLetter(
      TopicPartition source, long offset, String topic, ReplicationException cause) {
    log.add(
        "deadLetter",
        "%s: offset %d to %s: %s".formatted(source, offset, topic, cause.getMessage()));
    next.deadLetter(source, offset, topic, cause);
  }

  @Override
  public void retrying(TopicPartition source, ReplicationException cause, Duration delay) {
    log.addAlike("retrying", "", source + ": " + cause.getMessage());
    next.retrying(source, cause, delay);
  }

  @Override
  public void heldBack(
      TopicPartition source, long offsets, Instant since, Optional<List<Long>> producerIds) {
    log.addAlike(
        "heldBack",
        "",
        "%s: %d offsets behind an open transaction since %s%s"
            .formatted(
                source,
                offsets,
                since,
                producerIds.map(ids -> ", producer ids " + ids).orElse("")));
    next.heldBack(source, offsets, since, producerIds);
  }

  @Override
  public void partitionStopped(TopicPartition source, ReplicationException cause) {
    log.addAlike("partitionStopped", "", source + ": " + cause.getMessage());
    next.partitionStopped(source, cause);
  }

  @Override
  public void noted(String targetTopic, String note) {
    log.noted(targetTopic, note);
    next.noted(targetTopic, note);
  }

  @Override
  public void configsChanged(String targetTopic, Map<String, Optional<String>> changes) {
    List<String> all = new ArrayList<>();
    changes.forEach(
        (config, value) -> all.add(config + value.map(set -> "=" + set).orElse(" removed")));
    log.add("configsChanged", targetTopic + ": " + String.join(", ", all));
    next.configsChanged(targetTopic, changes);
  }

  @Override
  public void aclsChanged(List<AclEntry> created, List<AclEntry> deleted) {
    log.add("aclsChanged", "%d created, %d deleted".formatted(created.size(), deleted.size()));
    next.aclsChanged(created, deleted);
  }

  @Override
  public void topicDeleted(String sourceTopic, String targetTopic) {
    log.add("topicDeleted", "%s, since %s was deleted".formatted(targetTopic, sourceTopic));
    next.topicDeleted(sourceTopic, targetTopic);
  }

  @Override
  public void groupSynced(String group) {
    log.groupSynced(group);
    next.groupSynced(group);
  }

  @Override
  public void groupHeld(String group, GroupState state, String reason) {
    log.groupHeld(group, state, reason);
    next.groupHeld(group, state, reason);
  }

  @Override
  public void progressUnsaved(Instant since, ReplicationException cause) {
    log.add("progressUnsaved", "since %s: %s".formatted(since, cause.getMessage()));
    next.progressUnsaved(since, cause);
  }

  @Override
  public void differenceFound(PartitionVerdict verdict) {
    log.add(
        "differenceFound", "%s: %d differences".formatted(verdict.source(), verdict.differences()));
    next.differenceFound(verdict);
  }

  @Override
  public void progressSaved() {
    log.add("progressSaved", "progress is saved again");
    next.progressSaved();
  }
}
