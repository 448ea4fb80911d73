package dev.twinlog.tools;

import dev.twinlog.FailoverReport;
import dev.twinlog.GroupMove;
import dev.twinlog.MoveReport;
import dev.twinlog.PartitionMove;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.SyncChange;
import dev.twinlog.SyncPlan;
import dev.twinlog.VerifyReport;
import dev.twinlog.kafka.LinkSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reports as objects of JSON. Their members are named after the accessors. Stateless. */
final class ReportJson {
  private ReportJson() {}

  static Map<String, @Nullable Object> of(FailoverReport report) {
    Map<String, @Nullable Object> all = move(report);
    all.put("lostAtMost", number(report.lostAtMost()));
    all.put("lostEstimate", number(report.lostEstimate()));
    return all;
  }

  static Map<String, @Nullable Object> of(SwitchoverReport report) {
    Map<String, @Nullable Object> all = move(report);
    all.put("writtenAfterCut", number(report.writtenAfterCut()));
    return all;
  }

  private static Map<String, @Nullable Object> move(MoveReport report) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", report.link());
    all.put("verb", report.verb());
    putOutcome(report, all);
    Map<String, Object> partitions = new LinkedHashMap<>();
    report.partitions().forEach((each, move) -> partitions.put(each.toString(), of(move)));
    all.put("partitions", partitions);
    Map<String, Object> groups = new LinkedHashMap<>();
    report.groups().forEach((id, group) -> groups.put(id, of(group)));
    all.put("groups", groups);
    all.put("acls", report.acls());
    return all;
  }

  /** Adds what the reports of all moves have: who did it when, and what has come of it. */
  static void putOutcome(MoveReport report, Map<String, @Nullable Object> all) {
    all.put("id", report.id());
    all.put("outcome", report.outcome());
    all.put("repeated", report.repeated());
    all.put("actor", report.actor());
    all.put("begunAt", report.begunAt());
    all.put("tookMillis", report.took().toMillis());
    all.put("refusals", report.refusals());
    all.put("todo", report.todo());
  }

  private static Map<String, @Nullable Object> of(PartitionMove move) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("fenced", move.fenced());
    all.put("problem", move.problem());
    all.put("sourceCut", move.sourceCut());
    all.put("targetSeams", move.targetSeams());
    all.put("heldBehindCut", move.heldBehindCut());
    all.put("sourceEndAtLastContact", number(move.sourceEndAtLastContact()));
    all.put("lastContact", value(move.lastContact()));
    all.put("lastTimestamp", value(move.lastTimestamp()));
    all.put("lostAtMost", number(move.lostAtMost()));
    all.put("lostEstimate", number(move.lostEstimate()));
    return all;
  }

  private static Map<String, @Nullable Object> of(GroupMove group) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("state", group.state());
    all.put("reason", group.reason());
    Map<String, Object> positions = new LinkedHashMap<>();
    group
        .positions()
        .forEach(
            (partition, position) -> {
              Map<String, @Nullable Object> one = new LinkedHashMap<>();
              one.put("source", position.source());
              one.put("targets", position.targets());
              one.put("reReadAtMost", number(position.reReadAtMost()));
              one.put("reason", position.reason());
              positions.put(partition.toString(), one);
            });
    all.put("positions", positions);
    return all;
  }

  static Map<String, @Nullable Object> of(LinkSummary link) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", link.link());
    all.put("sourceCluster", link.sourceCluster());
    all.put("topics", link.topics());
    all.put("lastContact", value(link.lastContact()));
    all.put("move", value(link.move()));
    return all;
  }

  static Map<String, @Nullable Object> of(SyncPlan plan) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", plan.link());
    List<Object> changes = new ArrayList<>();
    for (SyncChange change : plan.changes()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("kind", change.kind());
      one.put("resource", change.resource());
      one.put("before", value(change.before()));
      one.put("after", value(change.after()));
      changes.add(one);
    }
    all.put("changes", changes);
    all.put("notes", plan.notes());
    return all;
  }

  static Map<String, @Nullable Object> of(VerifyReport report) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", report.link());
    all.put("verdict", report.verdict());
    all.put("begunAt", report.begunAt());
    all.put("tookMillis", report.took().toMillis());
    all.put("records", report.records());
    all.put("bytes", report.bytes());
    all.put("differences", report.differences());
    Map<String, Object> partitions = new LinkedHashMap<>();
    report.partitions().forEach((each, verdict) -> partitions.put(each.toString(), of(verdict)));
    all.put("partitions", partitions);
    return all;
  }

  private static Map<String, @Nullable Object> of(PartitionVerdict verdict) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("verdict", verdict.verdict());
    all.put("reasons", verdict.reasons());
    all.put("notes", verdict.notes());
    all.put("sourceFrom", number(verdict.sourceFrom()));
    all.put("sourceTo", number(verdict.sourceTo()));
    all.put("records", verdict.records());
    all.put("differences", verdict.differences());
    all.put("examples", verdict.examples());
    all.put("foreignRecords", verdict.foreignRecords());
    all.put("skippedRecords", verdict.skippedRecords());
    return all;
  }

  private static @Nullable Object number(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static @Nullable Object value(Optional<?> value) {
    return value.orElse(null);
  }
}
