package dev.twinlog.tools;

import dev.twinlog.DivergedRange;
import dev.twinlog.Divergence;
import dev.twinlog.OffsetRange;
import dev.twinlog.ReverseReport;
import dev.twinlog.spi.ReplicationRecord;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** What the way back reports, as objects of JSON. Stateless. */
final class ReverseJson {
  private ReverseJson() {}

  static Map<String, @Nullable Object> of(ReverseReport report) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", report.link());
    all.put("reverseLink", report.reverseLink());
    ReportJson.putOutcome(report, all);
    Map<String, Object> partitions = new LinkedHashMap<>();
    report
        .partitions()
        .forEach(
            (partition, move) -> {
              Map<String, @Nullable Object> one = new LinkedHashMap<>();
              one.put("sourceCut", move.sourceCut());
              one.put("targetSeams", move.targetSeams());
              one.put("diverged", report.diverged().getOrDefault(partition, 0L));
              one.put("resent", report.resent().getOrDefault(partition, 0L));
              partitions.put(partition.toString(), one);
            });
    all.put("partitions", partitions);
    all.put("unreadByGroup", unread(report.unreadByGroup()));
    return all;
  }

  static Map<String, @Nullable Object> of(Divergence divergence) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("link", divergence.link());
    all.put("records", divergence.records());
    Map<String, Object> partitions = new LinkedHashMap<>();
    divergence
        .partitions()
        .forEach((partition, range) -> partitions.put(partition.toString(), of(range)));
    all.put("partitions", partitions);
    all.put("unreadByGroup", unread(divergence.unreadByGroup()));
    return all;
  }

  private static Map<String, @Nullable Object> of(DivergedRange range) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("from", range.offsets().from());
    all.put("to", range.offsets().to());
    all.put("records", range.records());
    all.put("targetSeam", range.targetSeam());
    all.put("problem", range.problem());
    return all;
  }

  private static Map<String, Object> unread(Map<String, Map<TopicPartition, OffsetRange>> byGroup) {
    Map<String, Object> all = new LinkedHashMap<>();
    byGroup.forEach(
        (group, ranges) -> {
          Map<String, Object> own = new LinkedHashMap<>();
          ranges.forEach(
              (partition, range) ->
                  own.put(partition.toString(), Map.of("from", range.from(), "to", range.to())));
          all.put(group, own);
        });
    return all;
  }

  /** A record; its bytes in Base64. */
  static Map<String, @Nullable Object> of(ReplicationRecord record) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("offset", record.offset());
    all.put("timestamp", record.timestamp());
    all.put("key", base64(record.key()));
    all.put("value", base64(record.value()));
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      one.put("key", header.key());
      one.put("value", base64(header.value()));
      headers.add(one);
    }
    all.put("headers", headers);
    return all;
  }

  private static @Nullable String base64(byte @Nullable [] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
