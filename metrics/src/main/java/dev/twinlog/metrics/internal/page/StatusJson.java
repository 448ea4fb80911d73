package dev.twinlog.metrics.internal.page;

import dev.twinlog.DutyStatus;
import dev.twinlog.GroupState;
import dev.twinlog.GroupStatus;
import dev.twinlog.LinkHealth;
import dev.twinlog.MoveStatus;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.ThrottleStatus;
import dev.twinlog.VerifyReport;
import dev.twinlog.VerifyStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes a status as JSON. Its members are named after the accessors of the status, and the README
 * of this module lists them: they are stable. Stateless.
 */
public final class StatusJson {
  public static final int MOST_GROUPS = 200;
  public static final int MOST_NOTES = 200;

  /** All partitions and topics. */
  public static final int ALL = Integer.MAX_VALUE;

  private StatusJson() {}

  /**
   * Writes the status.
   *
   * @param partitions how many partitions at most, those that are furthest behind; {@link #ALL} for
   *     all of them, and all topics, in the order of their names
   */
  public static void write(
      JsonWriter json, StatusView view, List<RecentEventLog.Event> events, int partitions)
      throws IOException {
    ReplicatorStatus status = view.status();
    json.beginObject()
        .field("link", status.link())
        .field("state", status.state())
        .field("reason", status.reason())
        .field("asOf", view.asOf());
    json.name("health");
    health(json, view.health());
    json.field("deliveryGuarantee", status.deliveryGuarantee())
        .field("dataPath", status.dataPath())
        .field("dataPathReason", status.dataPathReason())
        .field("lastError", status.lastError().map(Throwable::getMessage))
        .field("progressUnsavedSince", status.progressUnsavedSince());
    throttle(json, status.throttle());
    json.field("pausedTopics", List.copyOf(status.pausedTopics()))
        .field("selectedTopics", status.selectedTopics());
    json.name("totals");
    totals(json, view);
    json.name("topics").beginArray();
    for (Map.Entry<String, StatusSums> each :
        partitions == ALL ? view.topics() : view.worstTopics()) {
      json.beginObject().field("topic", each.getKey());
      sums(json, each.getValue(), true);
      json.endObject();
    }
    json.endArray();
    partitions(json, view, partitions);
    groups(json, status);
    json.name("duties").beginArray();
    for (DutyStatus duty : status.duties()) {
      json.beginObject()
          .field("name", duty.name())
          .field("lastSuccess", duty.lastSuccess())
          .field("failures", duty.failures())
          .field("lastError", duty.lastError().map(Throwable::getMessage))
          .endObject();
    }
    json.endArray();
    verification(json, status);
    move(json, status);
    notes(json, status);
    json.name("events").beginArray();
    for (RecentEventLog.Event event : events) {
      json.beginObject()
          .field("at", event.at())
          .field("event", event.name())
          .field("text", event.text())
          .field("more", event.more())
          .endObject();
    }
    json.endArray().endObject();
  }

  private static void throttle(JsonWriter json, ThrottleStatus throttle) throws IOException {
    json.name("throttle").beginObject();
    json.known("bytesPerSecond", throttle.throttle().bytesPerSecond().orElse(-1))
        .field("catchUpOnly", throttle.throttle().isCatchUpOnly())
        .field("partitions", throttle.partitions())
        .field("holdingSince", throttle.holdingSince())
        .field("heldSeconds", throttle.held().toSeconds())
        .field("bySourceSeconds", throttle.bySource().toSeconds())
        .field("byTargetSeconds", throttle.byTarget().toSeconds())
        .endObject();
  }

  public static void health(JsonWriter json, LinkHealth health) throws IOException {
    json.beginObject()
        .field("verdict", health.verdict())
        .field("reasons", health.reasons())
        .field("since", health.since())
        .endObject();
  }

  private static void totals(JsonWriter json, StatusView view) throws IOException {
    json.beginObject().field("topics", view.topicCount());
    sums(json, view.totals(), view.hasPartitions());
    json.known("bytesCopied", view.bytesCopied())
        .field("bytesPerSecond", view.bytesPerSecond())
        .field("handling", view.handling())
        .known(
            "secondsToCatchUp", view.status().timeToCatchUp().map(Duration::toSeconds).orElse(-1L))
        .field("offsetMapBytes", view.status().offsetMapBytes())
        .endObject();
  }

  private static void sums(JsonWriter json, StatusSums sums, boolean known) throws IOException {
    json.field("partitions", sums.partitions())
        .field("partitionsByState", sums.byState())
        .known("lagRecords", known ? sums.lagRecords() : -1)
        .field("partitionsOfUnknownLag", sums.unknownLags())
        .known("lagMillis", known ? sums.lagMillis() : -1)
        .known("heldBack", known ? sums.heldBack() : -1)
        .field("recordsCopied", sums.recordsCopied())
        .field("recordsPerSecond", sums.recordsPerSecond())
        .field("retries", sums.retries());
  }

  private static void partitions(JsonWriter json, StatusView view, int most) throws IOException {
    json.name("partitions").beginArray();
    if (most == ALL) {
      for (Map.Entry<TopicPartition, PartitionStatus> each :
          view.status().partitions().entrySet()) {
        partition(json, each.getKey(), each.getValue());
      }
    } else {
      List<Map.Entry<TopicPartition, PartitionStatus>> worst = view.worstPartitions();
      for (Map.Entry<TopicPartition, PartitionStatus> each :
          worst.subList(0, Math.min(most, worst.size()))) {
        partition(json, each.getKey(), each.getValue());
      }
    }
    json.endArray();
  }

  private static void partition(JsonWriter json, TopicPartition source, PartitionStatus status)
      throws IOException {
    json.beginObject()
        .field("topic", source.topic())
        .field("partition", source.partition())
        .field("state", status.state())
        .field("reason", status.reason())
        .field("since", status.since())
        .known("sourcePosition", status.sourcePosition())
        .known("sourceEnd", status.sourceEnd())
        .known("targetPosition", status.targetPosition())
        .known("lagRecords", status.lagRecords())
        .field("lagMillis", status.lag().toMillis())
        .known("heldBack", status.heldBack())
        .field("heldBackSince", status.heldBackSince())
        .field("recordsCopied", status.recordsCopied())
        .field("retries", status.retries())
        .field("guarantee", status.guarantee())
        .field("guaranteeReason", status.guaranteeReason())
        .field("handling", status.handling())
        .field("acceptedLosses", status.acceptedLosses())
        .field("skippedOffsets", status.skippedOffsets().count())
        .field("firstSkipped", status.skippedOffsets().toString())
        .field("cause", status.cause().map(Throwable::getMessage))
        .endObject();
  }

  private static void groups(JsonWriter json, ReplicatorStatus status) throws IOException {
    Map<GroupState, Integer> byState = new EnumMap<>(GroupState.class);
    status.groups().values().forEach(group -> byState.merge(group.state(), 1, Integer::sum));
    json.name("groups")
        .beginObject()
        .field("sync", status.groupSync())
        .field("asOf", status.groupsAsOf())
        .field("byState", byState)
        .name("notInStep")
        .beginArray();
    int written = 0;
    for (Map.Entry<String, GroupStatus> each : status.groups().entrySet()) {
      GroupStatus group = each.getValue();
      if (!group.state().isSynced() && written < MOST_GROUPS) {
        written++;
        json.beginObject()
            .field("group", each.getKey())
            .field("state", group.state())
            .field("reason", group.reason())
            .endObject();
      }
    }
    json.endArray().endObject();
  }

  private static void verification(JsonWriter json, ReplicatorStatus status) throws IOException {
    json.name("verification");
    if (status.verification().isEmpty()) {
      json.value(null);
      return;
    }
    VerifyStatus found = status.verification().get();
    json.beginObject()
        .field("partitions", found.partitions().size())
        .field("different", found.different().size())
        .field("lastVerdict", found.lastPass().map(VerifyReport::verdict))
        .field("lastPassBegunAt", found.lastPass().map(VerifyReport::begunAt))
        .field("lastPassMillis", found.lastPass().map(pass -> pass.took().toMillis()))
        .endObject();
  }

  private static void move(JsonWriter json, ReplicatorStatus status) throws IOException {
    json.name("move");
    if (status.move().isEmpty()) {
      json.value(null);
      return;
    }
    MoveStatus move = status.move().get();
    json.beginObject()
        .field("id", move.id())
        .field("verb", move.verb())
        .field("phase", move.phase())
        .field("actor", move.actor())
        .field("begunAt", move.begunAt())
        .field("endedAt", move.endedAt())
        .field("reason", move.reason())
        .endObject();
  }

  private static void notes(JsonWriter json, ReplicatorStatus status) throws IOException {
    json.name("notes").beginArray();
    int written = 0;
    for (Map.Entry<String, List<String>> each : status.notes().entrySet()) {
      for (String note : each.getValue()) {
        if (written < MOST_NOTES) {
          written++;
          json.beginObject().field("about", each.getKey()).field("note", note).endObject();
        }
      }
    }
    json.endArray();
  }
}
