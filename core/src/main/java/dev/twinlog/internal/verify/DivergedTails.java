package dev.twinlog.internal.verify;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.verify.LogTail.Span;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicLogs;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds what the sources of partitions have that was never copied, after the copy has ended: reads
 * both logs behind the saved progress, and matches what the link has written there. Confined to one
 * thread.
 */
public final class DivergedTails {
  private final TopicLogs source;
  private final TopicLogs target;

  /** Reads these logs. */
  public DivergedTails(TopicLogs source, TopicLogs target) {
    this.source = source;
    this.target = target;
  }

  /**
   * What is known of a route.
   *
   * @param saved everything before this source offset is in the target, by the saved progress
   * @param cut the same, by what the target has told when the copy was ended; not before it
   * @param savedTarget the target offset behind the last record that was saved
   * @param seam the target offset behind the last record of the link
   * @param logStart where the source's log begins
   * @param end where it ends for readers
   * @param skipped source offsets that were left out of the copy
   */
  public record Tail(
      Route route,
      long saved,
      long cut,
      long savedTarget,
      long seam,
      long logStart,
      long end,
      SkippedOffsets skipped) {
    private TopicPartition from() {
      return route.source();
    }
  }

  /**
   * What was found.
   *
   * @param seam everything before this source offset is in the target
   * @param matched how many records behind the saved progress were found in both logs
   * @param diverged how many records the source has from the seam on
   * @param runs the offsets of those that were matched
   * @param problem why the seam isn't certain; empty if it is
   */
  public record Found(
      long seam, long matched, long diverged, List<OffsetRun> runs, Optional<String> problem) {}

  /** Looks at these partitions; returns what was found by source partition. */
  public Map<TopicPartition, Found> find(String link, List<Tail> tails) {
    Map<TopicPartition, TailMatch> matches = new HashMap<>();
    Map<TopicPartition, TailMatch> byTarget = new HashMap<>();
    Map<TopicPartition, Span> held = new HashMap<>();
    Map<TopicPartition, Span> diverged = new HashMap<>();
    Map<String, TopicConfigs> atSource = Map.of();
    Map<String, TopicConfigs> inTarget = Map.of();
    if (tails.stream().anyMatch(DivergedTails::hasHeld)) {
      atSource = source.describeConfigs(tails.stream().map(one -> topic(one, true)).toList());
      inTarget = target.describeConfigs(tails.stream().map(one -> topic(one, false)).toList());
    }
    for (Tail tail : tails) {
      boolean gaps =
          tail.logStart() > tail.saved()
              || compacted(atSource, topic(tail, true))
              || compacted(inTarget, topic(tail, false));
      TailMatch match = new TailMatch(tail.cut(), gaps);
      matches.put(tail.from(), match);
      byTarget.put(tail.route().target(), match);
      held.put(tail.route().target(), new Span(tail.savedTarget(), tail.seam()));
      long from = hasHeld(tail) ? tail.saved() : tail.cut();
      diverged.put(tail.from(), new Span(Math.max(from, tail.logStart()), tail.end()));
    }
    Map<TopicPartition, String> failures = new HashMap<>();
    LogTail.read(target, held, own(link, tails, held, byTarget))
        .forEach(
            (partition, why) ->
                tails.stream()
                    .filter(tail -> tail.route().target().equals(partition))
                    .forEach(tail -> failures.put(tail.from(), partition + ": " + why)));
    Map<TopicPartition, SkippedOffsets> skipped = new HashMap<>();
    tails.forEach(tail -> skipped.put(tail.from(), tail.skipped()));
    failures.putAll(LogTail.read(source, diverged, counting(diverged, skipped, matches)));
    Map<TopicPartition, Found> found = new HashMap<>();
    matches.forEach(
        (partition, match) ->
            found.put(
                partition,
                new Found(
                    match.seam(),
                    match.matches(),
                    match.diverged(),
                    match.runs(),
                    Optional.ofNullable(failures.get(partition)).or(match::problem))));
    return found;
  }

  private static boolean hasHeld(Tail tail) {
    return tail.savedTarget() < tail.seam();
  }

  private static String topic(Tail tail, boolean ofSource) {
    return (ofSource ? tail.route().source() : tail.route().target()).topic();
  }

  private static boolean compacted(Map<String, TopicConfigs> configs, String topic) {
    return Compaction.of(Optional.ofNullable(configs.get(topic))).compacted();
  }

  /** Takes the records of the link itself, as far as producer ids tell them from others'. */
  private Consumer<ReplicationBatch> own(
      String link,
      List<Tail> tails,
      Map<TopicPartition, Span> spans,
      Map<TopicPartition, TailMatch> matches) {
    if (tails.stream().noneMatch(DivergedTails::hasHeld)) {
      return batch -> {};
    }
    Map<Long, Optional<Route>> writtenBy = target.writtenBy(link);
    Map<TopicPartition, Route> routes = new HashMap<>();
    tails.forEach(tail -> routes.put(tail.route().target(), tail.route()));
    return batch -> {
      TopicPartition partition = batch.partition();
      TailMatch match = matches.get(partition);
      Span span = spans.get(partition);
      Route route = routes.get(partition);
      if (match == null || span == null || route == null || isOfOthers(batch, route, writtenBy)) {
        return;
      }
      for (ReplicationRecord record : batch.records()) {
        if (record.offset() >= span.from() && record.offset() < span.to()) {
          match.held(record);
        }
      }
    };
  }

  private static boolean isOfOthers(
      ReplicationBatch batch, Route route, Map<Long, Optional<Route>> writtenBy) {
    boolean known =
        writtenBy.containsValue(Optional.of(route)) || writtenBy.containsValue(Optional.empty());
    Optional<ByteBuffer> encoded = batch.encoded();
    if (!known || encoded.isEmpty()) {
      return false;
    }
    Optional<Route> writer =
        writtenBy.get(BatchHeader.producerId(encoded.get(), encoded.get().position()));
    return writer == null || (writer.isPresent() && !writer.get().equals(route));
  }

  private static Consumer<ReplicationBatch> counting(
      Map<TopicPartition, Span> spans,
      Map<TopicPartition, SkippedOffsets> skipped,
      Map<TopicPartition, TailMatch> matches) {
    return batch -> {
      TailMatch match = matches.get(batch.partition());
      Span span = spans.get(batch.partition());
      SkippedOffsets leftOut = skipped.getOrDefault(batch.partition(), SkippedOffsets.none());
      if (match == null || span == null) {
        return;
      }
      boolean inside =
          batch.firstOffset() >= Math.max(span.from(), match.seam())
              && batch.nextOffset() <= span.to();
      if (inside && match.isComplete()) {
        match.behind(batch.recordCount());
        return;
      }
      for (ReplicationRecord record : batch.records()) {
        if (record.offset() >= span.from() && record.offset() < span.to()) {
          if (leftOut.contains(record.offset())) {
            match.leftOut(record);
          } else {
            match.source(record);
          }
        }
      }
    };
  }
}
