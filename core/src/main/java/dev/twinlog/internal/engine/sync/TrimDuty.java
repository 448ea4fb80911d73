package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.RemovalSink;
import dev.twinlog.spi.RemovalSource;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Translation.Exact;
import java.time.Duration;
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
public final class TrimDuty implements Duty {
  private static final Logger LOG = LoggerFactory.getLogger(TrimDuty.class);

  private final Link link;
  private final RemovalSource source;
  private final RemovalSink sink;
  private final OffsetHistory history;
  private final Supplier<Map<Route, Long>> routes;

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
    return link.settings().discoveryInterval();
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    if (!(link.state().get() instanceof Running running && running.isReachable())) {
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

  /** Calls. */
  private Result run(Map<Route, Long> copied) {
    Map<TopicPartition, Long> wanted = wanted(copied);
    wanted.keySet().removeIf(target -> history.routesInto(target).size() != 1);
    if (!wanted.isEmpty()) {
      Map<TopicPartition, Long> starts = sink.logStarts(wanted.keySet());
      wanted
          .entrySet()
          .removeIf(trim -> starts.getOrDefault(trim.getKey(), Long.MAX_VALUE) >= trim.getValue());
    }
    Map<String, List<String>> notes = new TreeMap<>();
    if (!wanted.isEmpty()) {
      leaveShared(wanted, notes);
    }
    return wanted.isEmpty() ? new Result(Map.of(), notes, Optional.empty()) : trim(wanted, notes);
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
  private void leaveShared(Map<TopicPartition, Long> wanted, Map<String, List<String>> notes) {
    Map<String, String> others = SharedTopics.of(link);
    wanted
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

  private Result trim(Map<TopicPartition, Long> wanted, Map<String, List<String>> notes) {
    if (!link.context(0).lease().holds()) {
      throw new RetriableException(
          "target topics are trimmed again when the ownership of the link is proved");
    }
    Map<TopicPartition, Optional<ReplicationException>> answers = sink.deleteRecords(wanted);
    Map<TopicPartition, Long> trimmed = new HashMap<>();
    Optional<ReplicationException> retried = Optional.empty();
    for (Map.Entry<TopicPartition, Long> each : wanted.entrySet()) {
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
