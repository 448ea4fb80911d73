package dev.twinlog.internal.engine.sync;

import dev.twinlog.SyncChange;
import dev.twinlog.internal.engine.duty.PlannedChanges;
import dev.twinlog.internal.engine.duty.PlannedChanges.Change;
import dev.twinlog.internal.engine.duty.PlannedDuty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation.Exact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes records of the target whose originals the source has deleted: up to where the source's
 * log start is in the target, if that is exactly known, and never all that was copied. Not of
 * compacted topics, nor of target partitions that have more than one source. Confined to the
 * control thread, except what a method says the calls do.
 */
public final class TrimDuty implements PlannedDuty {
  private static final Logger LOG = LoggerFactory.getLogger(TrimDuty.class);
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private final Link link;
  private final RemovalSource source;
  private final RemovalSink sink;
  private final OffsetHistory history;
  private final Supplier<Map<Route, Long>> routes;

  /**
   * What is to be deleted of the target, and why the rest is not.
   *
   * @param trims by target partition, sorted by its name
   */
  private record Wanted(Map<TopicPartition, Trim> trims, Map<String, List<String>> notes) {}

  /** A partition begins at one offset, and is to begin at the other. */
  private record Trim(long from, long to) {}

  private record Result(
      Map<TopicPartition, Long> trimmed,
      Map<String, List<String>> notes,
      Optional<ReplicationException> retried) {}

  /**
   * Creates the duty.
   *
   * @param history translates log starts
   * @param routes the routes that are copied of topics that are not compacted, the only ones of
   *     their source partitions, with the source offset up to which each is copied; called on the
   *     control thread
   */
  public TrimDuty(
      Link link,
      RemovalSource source,
      RemovalSink sink,
      OffsetHistory history,
      Supplier<Map<Route, Long>> routes) {
    this.link = link;
    this.history = history;
    this.source = source;
    this.sink = sink;
    this.routes = routes;
  }

  @Override
  public String name() {
    return "trimming of the target";
  }

  @Override
  public Duration interval() {
    return link.settings().get(LinkOptions.DISCOVERY_INTERVAL);
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    if (!link.isReachable()) {
      return Optional.empty();
    }
    Map<Route, Long> copied = routes.get();
    return copied.isEmpty()
        ? Optional.empty()
        : Optional.of(
            () -> {
              Result result = run(copied);
              return () -> report(result);
            });
  }

  @Override
  public Optional<Supplier<PlannedChanges>> preparePlan() {
    Map<Route, Long> copied = routes.get();
    return copied.isEmpty() ? Optional.empty() : Optional.of(() -> planned(copied));
  }

  /** Says what a run would delete. Calls. */
  private PlannedChanges planned(Map<Route, Long> copied) {
    Wanted wanted = compare(copied);
    List<Change> changes = new ArrayList<>();
    wanted
        .trims()
        .forEach(
            (target, trim) ->
                changes.add(
                    new Change(
                        SyncChange.Kind.DELETE_RECORDS,
                        target.toString(),
                        Optional.of(Long.toString(trim.from())),
                        Optional.of(Long.toString(trim.to())))));
    return PlannedChanges.of(changes, wanted.notes());
  }

  /** Calls. */
  private Result run(Map<Route, Long> copied) {
    Wanted wanted = compare(copied);
    return wanted.trims().isEmpty()
        ? new Result(Map.of(), wanted.notes(), Optional.empty())
        : trim(wanted);
  }

  /** Compares the log starts of both sides, and changes nothing. Calls. */
  private Wanted compare(Map<Route, Long> copied) {
    Map<TopicPartition, Long> wanted = wanted(copied);
    wanted.keySet().removeIf(target -> history.routesInto(target).size() != 1);
    Map<TopicPartition, Trim> trims = new TreeMap<>(BY_NAME);
    Map<String, List<String>> notes = new TreeMap<>();
    if (!wanted.isEmpty()) {
      Map<TopicPartition, Long> starts = sink.logStarts(wanted.keySet());
      wanted.forEach(
          (target, to) -> {
            long from = starts.getOrDefault(target, Long.MAX_VALUE);
            if (from < to) {
              trims.put(target, new Trim(from, to));
            }
          });
    }
    if (!trims.isEmpty()) {
      leaveShared(trims, notes);
    }
    return new Wanted(trims, notes);
  }

  /** Where the source's log starts are in the target. Calls. */
  private Map<TopicPartition, Long> wanted(Map<Route, Long> copied) {
    List<TopicPartition> sources = copied.keySet().stream().map(Route::source).toList();
    Map<TopicPartition, Long> starts = source.logStarts(sources);
    Map<TopicPartition, Long> wanted = new HashMap<>();
    copied.forEach(
        (route, end) -> {
          long start = starts.getOrDefault(route.source(), 0L);
          if (start > 0 && start < end && history.toTarget(route, start) instanceof Exact exact) {
            wanted.put(route.target(), exact.offset());
          }
        });
    return wanted;
  }

  /** What other links have copied there may still be at their source. Calls. */
  private void leaveShared(Map<TopicPartition, Trim> trims, Map<String, List<String>> notes) {
    Map<String, String> others = SharedTopics.of(link);
    trims
        .keySet()
        .removeIf(
            target -> {
              String other = others.get(target.topic());
              if (other != null) {
                notes.put(
                    target.topic(),
                    List.of("it is not trimmed, since link %s copies to it".formatted(other)));
              }
              return other != null;
            });
  }

  /** Calls. */
  private Result trim(Wanted wanted) {
    if (!link.context().lease().holds()) {
      throw new RetriableException(
          "target topics are trimmed again when the ownership of the link is proved");
    }
    Map<TopicPartition, Long> asked = new HashMap<>();
    wanted.trims().forEach((target, trim) -> asked.put(target, trim.to()));
    Map<TopicPartition, Optional<ReplicationException>> answers = sink.deleteRecords(asked);
    Map<String, List<String>> notes = wanted.notes();
    Map<TopicPartition, Long> trimmed = new HashMap<>();
    Optional<ReplicationException> retried = Optional.empty();
    for (Map.Entry<TopicPartition, Long> each : asked.entrySet()) {
      Optional<ReplicationException> refusal =
          answers.getOrDefault(
              each.getKey(),
              Optional.of(new RetriableException("no answer about " + each.getKey())));
      if (refusal.isEmpty()) {
        trimmed.put(each.getKey(), each.getValue());
      } else if (refusal.get() instanceof RetriableException) {
        retried = refusal;
      } else {
        notes.put(
            each.getKey().topic(), List.of("it is not trimmed: " + refusal.get().getMessage()));
      }
    }
    return new Result(trimmed, notes, retried);
  }

  private void report(Result result) {
    link.publishNotes(name(), result.notes());
    if (!result.trimmed().isEmpty()) {
      LOG.debug("link {}: deleted records before {}", link.name(), result.trimmed());
    }
    result
        .retried()
        .ifPresent(
            cause -> {
              throw cause;
            });
  }
}
