package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.engine.recovery.Recoveries;
import dev.twinlog.internal.engine.recovery.Rewind;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Recovery.Lost;
import dev.twinlog.spi.Recovery.ResumeAt;
import dev.twinlog.spi.Recovery.SkipMatching;
import dev.twinlog.spi.Recovery.SkipRecords;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * Ends the writes of former owners to the partitions of a link, and finds where the copy of each
 * ends: by the recovery of the sink, as if they were opened. Not thread-safe.
 */
final class Fencing {
  /** How many partitions are asked for at once, so that their seams are saved as they come. */
  private static final int AT_ONCE = 500;

  static final String AT_LEAST_ONCE = "it is copied at least once, which no fence can end";

  /** What is waited for, should it take too long. */
  private static final String FENCING =
      "fencing the link's writes (which takes some minutes, and a longer deadline, if a former owner must have been silent first, see the runbook)";

  private final SinkAbilities sink;
  private final OffsetHistory history;
  private final Map<TopicPartition, Contact> contacts;
  private final Predicate<Progress> atLeastOnce;
  private final Deadline deadline;

  /** Receives the seams, which must be saved before it returns. */
  interface Found {
    void seams(Map<TopicPartition, Seam> some);
  }

  /**
   * Creates it.
   *
   * @param atLeastOnce whether a partition is copied at least once, so that it has no fence
   */
  Fencing(
      SinkAbilities sink,
      OffsetHistory history,
      Map<TopicPartition, Contact> contacts,
      Predicate<Progress> atLeastOnce,
      Deadline deadline) {
    this.sink = sink;
    this.history = history;
    this.contacts = contacts;
    this.atLeastOnce = atLeastOnce;
    this.deadline = deadline;
  }

  /** What a dry run can say, without a fence: where the copy ends as far as progress was saved. */
  Seam unfenced(Progress progress) {
    return seam(progress, progress.sourceNext(), false, "", Map.of(), Map.of());
  }

  /**
   * Fences these partitions.
   *
   * @return why, of those that could not be fenced
   */
  Map<TopicPartition, ReplicationException> run(Collection<Progress> partitions, Found found) {
    Map<TopicPartition, Seam> known = new LinkedHashMap<>();
    List<Progress> clean = new ArrayList<>();
    List<Progress> open = new ArrayList<>();
    for (Progress progress : partitions) {
      if (atLeastOnce.test(progress)) {
        String problem = progress.clean() ? "" : AT_LEAST_ONCE;
        known.put(
            progress.source().partition(),
            seam(progress, progress.sourceNext(), false, problem, Map.of(), Map.of()));
      } else {
        (progress.clean() ? clean : open).add(progress);
      }
    }
    // the owner of the others has closed them, after it had fenced all owners before
    List<Progress> shorter = shorter(clean);
    clean.removeAll(shorter);
    for (Progress progress : clean) {
      known.put(
          progress.source().partition(),
          seam(progress, progress.sourceNext(), true, "", Map.of(), Map.of()));
    }
    if (!known.isEmpty()) {
      found.seams(known);
    }
    open.addAll(shorter);
    Map<TopicPartition, ReplicationException> failures = new LinkedHashMap<>();
    for (int from = 0; from < open.size(); from += AT_ONCE) {
      recover(open.subList(from, Math.min(open.size(), from + AT_ONCE)), found, failures);
    }
    return failures;
  }

  /**
   * Those whose targets have lost records since they were closed, or don't exist any more: by the
   * lengths of their logs, so not those that others have filled up again.
   */
  private List<Progress> shorter(List<Progress> closed) {
    Set<TopicPartition> targets = new HashSet<>();
    closed.forEach(one -> one.routes().forEach(route -> targets.add(route.route().target())));
    if (targets.isEmpty() || sink.topics().isEmpty()) {
      return List.of();
    }
    Map<TopicPartition, Long> ends = sink.topics().get().endOffsets(targets);
    return closed.stream()
        .filter(
            one ->
                one.routes().stream()
                    .anyMatch(
                        route ->
                            ends.getOrDefault(route.route().target(), 0L) < route.targetNext()))
        .toList();
  }

  private void recover(
      List<Progress> partitions, Found found, Map<TopicPartition, ReplicationException> failures) {
    Map<Route, Optional<RouteProgress>> routes = new HashMap<>();
    Set<Route> clean = new HashSet<>();
    for (Progress progress : partitions) {
      for (RouteProgress route : progress.routes()) {
        routes.put(route.route(), Optional.of(route));
        if (progress.clean()) {
          clean.add(route.route());
        }
      }
    }
    Map<Route, Recovery> answers;
    Map<TopicPartition, Long> logEnds;
    try {
      answers = deadline.await(asked(routes, clean), FENCING);
      logEnds = logEnds(answers);
    } catch (ReplicationException e) {
      partitions.forEach(one -> failures.put(one.source().partition(), e));
      return;
    }
    Map<TopicPartition, Seam> seams = new LinkedHashMap<>();
    for (Progress progress : partitions) {
      Map<Route, Recovery> own = new LinkedHashMap<>();
      for (RouteProgress route : progress.routes()) {
        Recovery answer = answers.get(route.route());
        if (answer != null) {
          own.put(route.route(), answer);
        }
      }
      TopicPartition source = progress.source().partition();
      Recoveries.unknown(own)
          .ifPresentOrElse(
              why -> failures.put(source, why),
              () -> seams.put(source, known(progress, own, logEnds)));
    }
    if (!seams.isEmpty()) {
      found.seams(seams);
    }
  }

  private CompletionStage<Map<Route, Recovery>> asked(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return sink.cleanClose()
        .map(it -> it.recover(routes, clean))
        .orElseGet(() -> sink.recovery().orElseThrow().recover(routes));
  }

  /**
   * Where the logs end of which the sink knows the source offset of the last record, and not its
   * target offset: all of it was written before the fence.
   */
  private Map<TopicPartition, Long> logEnds(Map<Route, Recovery> answers) {
    Set<TopicPartition> targets = new HashSet<>();
    answers.forEach(
        (route, recovery) -> {
          if (recovery instanceof ResumeAt) {
            targets.add(route.target());
          }
        });
    return targets.isEmpty()
        ? Map.of()
        : sink.topics().map(it -> it.endOffsets(targets)).orElse(Map.of());
  }

  private Seam known(
      Progress progress, Map<Route, Recovery> answers, Map<TopicPartition, Long> logEnds) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    Map<TopicPartition, Long> held = new HashMap<>();
    String problem = "";
    long cut = Recoveries.of(answers, false).startsAt(progress.sourceNext());
    for (Map.Entry<Route, Recovery> answer : answers.entrySet()) {
      TopicPartition target = answer.getKey().target();
      Recovery recovery = answer.getValue();
      if (recovery.count() > 0) {
        held.put(target, recovery.count());
      }
      if (recovery instanceof SkipMatching skip && !skip.held().isEmpty()) {
        ends.put(target, skip.held().get(skip.held().size() - 1).next());
      } else if (recovery instanceof SkipRecords skip && !skip.held().isEmpty()) {
        ends.put(target, skip.held().get(skip.held().size() - 1).targetNext());
      } else if (recovery instanceof ResumeAt && logEnds.containsKey(target)) {
        ends.put(target, logEnds.get(target));
      } else if (recovery instanceof Lost lost) {
        ends.put(target, lost.survivingTargetEnd());
        Optional<Rewind> rewind = Rewind.of(answers, history, cut);
        problem = problem(target, lost, rewind.isPresent());
        if (rewind.isPresent()) {
          cut = rewind.get().sourceOffset();
        }
      }
    }
    return seam(progress, cut, true, problem, ends, held);
  }

  /** Why it is not known what the target has; empty if it is. */
  private static String problem(TopicPartition target, Lost lost, boolean isKnown) {
    String what =
        "the target lost acknowledged records from offset %d of %s on, and "
            .formatted(lost.survivingTargetEnd(), target);
    if (!isKnown) {
      return what + "the offset map does not say which";
    }
    return lost.behind() == 0
        ? ""
        : what
            + "has %d of those behind them, without a counterpart in the offset map"
                .formatted(lost.behind());
  }

  private Seam seam(
      Progress progress,
      long cut,
      boolean fenced,
      String problem,
      Map<TopicPartition, Long> ends,
      Map<TopicPartition, Long> held) {
    Map<TopicPartition, Long> targets = new HashMap<>();
    for (RouteProgress route : progress.routes()) {
      TopicPartition target = route.route().target();
      targets.put(target, ends.getOrDefault(target, route.targetNext()));
    }
    Contact last = contacts.getOrDefault(progress.source().partition(), Contact.NONE);
    return new Seam(fenced, problem, cut, targets, held, last.notBefore(progress.sourceNext()));
  }
}
