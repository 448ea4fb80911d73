package dev.twinlog;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/**
 * Summarizes the health of a link, for a health endpoint or an alert: the problems, and since when.
 *
 * <ul>
 *   <li>{@link Verdict#DOWN}: nothing is copied, and a user must act. The link has failed, was
 *       fenced or was closed, or all its partitions are {@link PartitionState#STOPPED}.
 *   <li>{@link Verdict#DEGRADED}: some records are not copied now, or it is unknown whether they
 *       are. The link was not started yet, is {@link LinkState#CONNECTING}, {@link
 *       LinkState#PAUSED} or {@link LinkState#STOPPING}; a partition is {@code STOPPED}, {@link
 *       PartitionState#RETRYING} or {@link PartitionState#PAUSED}, has been opening for more than
 *       30 seconds, or its lag has not been known for more than 10 seconds; an open transaction has
 *       held records back for more than 15 minutes; a topic that was selected by name does not
 *       exist; progress has not been saved for more than 10 seconds.
 *   <li>{@link Verdict#UP}: none of this. A lag is not a problem here: how much is too much depends
 *       on the service. A link that is {@link LinkState#DISABLED} or {@link LinkState#MOVED} is up
 *       as well.
 * </ul>
 *
 * <p>Immutable. Reasons are sentences for people.
 */
public final class LinkHealth {
  /** The health in one word. */
  public enum Verdict {
    /** Everything is being copied. */
    UP,
    /** Some records are not copied, or that is unknown. */
    DEGRADED,
    /** Nothing is copied. */
    DOWN
  }

  static final Duration OPENING = Duration.ofSeconds(30);
  static final Duration UNKNOWN = Duration.ofSeconds(10);
  static final Duration HELD_BACK = Duration.ofMinutes(15);
  private static final int MOST_NAMED = 5;

  /**
   * The values from which the verdict is derived.
   *
   * @param missing topics that were selected by name and do not exist
   * @param unsavedSince since when progress can't be saved; empty if it can
   */
  record Facts(
      LinkState state,
      String reason,
      Instant since,
      Map<TopicPartition, PartitionStatus> partitions,
      List<String> missing,
      Optional<Instant> unsavedSince) {}

  private record Problem(String text, Instant since) {}

  private final Verdict verdict;
  private final List<String> reasons;
  private final Instant since;

  private LinkHealth(Verdict verdict, List<String> reasons, Instant since) {
    this.verdict = verdict;
    this.reasons = List.copyOf(reasons);
    this.since = since;
  }

  /** The verdict. */
  public Verdict verdict() {
    return verdict;
  }

  /** The problems; empty for a link that is up, unless it is disabled. Unmodifiable. */
  public List<String> reasons() {
    return reasons;
  }

  /**
   * Since when: the start of the oldest current problem or, if there is none, the end of the last
   * one.
   */
  public Instant since() {
    return since;
  }

  static LinkHealth of(Facts facts, Instant now) {
    String because = facts.reason();
    return switch (facts.state()) {
      case MOVED ->
          new LinkHealth(Verdict.UP, List.of("the link was moved: " + because), facts.since());
      case DISABLED -> new LinkHealth(Verdict.UP, List.of("the link is disabled"), facts.since());
      case FAILED -> down("the link has failed: " + because, facts.since());
      case FENCED -> down("the link was fenced: " + because, facts.since());
      case STOPPED -> down("the link is closed", facts.since());
      case NEW, CONNECTING, RUNNING, PAUSED, STOPPING -> running(facts, now);
    };
  }

  private static LinkHealth down(String reason, Instant since) {
    return new LinkHealth(Verdict.DOWN, List.of(reason), since);
  }

  private static LinkHealth running(Facts facts, Instant now) {
    List<Problem> problems = new ArrayList<>();
    ofLink(facts).ifPresent(text -> problems.add(new Problem(text, facts.since())));
    if (!facts.missing().isEmpty()) {
      String names = String.join(", ", facts.missing());
      problems.add(new Problem("no such topic at the source: " + names, facts.since()));
    }
    facts
        .unsavedSince()
        .ifPresent(since -> problems.add(new Problem("progress can't be saved", since)));
    Partitions partitions = new Partitions(facts.partitions(), problems);
    boolean stopped = partitions.find("stopped", is(PartitionState.STOPPED));
    partitions.find("retrying", is(PartitionState.RETRYING));
    if (facts.state() != LinkState.PAUSED) {
      partitions.find("paused", is(PartitionState.PAUSED));
    }
    partitions.find(
        "opening for more than 30 s",
        is(PartitionState.OPENING).and(one -> one.since().plus(OPENING).isBefore(now)));
    partitions.find(
        "of unknown lag",
        one ->
            !one.isLagKnown()
                && (one.state() == PartitionState.COPYING
                    || one.state() == PartitionState.CAUGHT_UP)
                && one.sourceHeardAt().plus(UNKNOWN).isBefore(now),
        PartitionStatus::sourceHeardAt);
    partitions.find(
        "held back by an open transaction for more than 15 min",
        one -> one.heldBackSince().filter(since -> since.plus(HELD_BACK).isBefore(now)).isPresent(),
        one -> one.heldBackSince().orElse(now));
    if (problems.isEmpty()) {
      return new LinkHealth(Verdict.UP, List.of(), partitions.untroubledSince(facts.since()));
    }
    boolean all =
        stopped && facts.partitions().values().stream().allMatch(is(PartitionState.STOPPED));
    List<String> reasons = problems.stream().map(Problem::text).toList();
    Instant since =
        all
            ? partitions.latest(PartitionStatus::since)
            : problems.stream().map(Problem::since).min(Comparator.naturalOrder()).orElse(now);
    return new LinkHealth(all ? Verdict.DOWN : Verdict.DEGRADED, reasons, since);
  }

  private static Optional<String> ofLink(Facts facts) {
    return switch (facts.state()) {
      case NEW -> Optional.of("the link was not started");
      case CONNECTING -> Optional.of("a cluster can't be reached: " + facts.reason());
      case PAUSED -> Optional.of("the link is paused");
      case STOPPING -> Optional.of("the link is closing");
      default -> Optional.empty();
    };
  }

  private static Predicate<PartitionStatus> is(PartitionState state) {
    return one -> one.state() == state;
  }

  private record Partitions(Map<TopicPartition, PartitionStatus> all, List<Problem> problems) {
    boolean find(String what, Predicate<PartitionStatus> which) {
      return find(what, which, PartitionStatus::since);
    }

    /** Adds a problem if there are such partitions: how many, which, and the cause of the first. */
    boolean find(
        String what, Predicate<PartitionStatus> which, Function<PartitionStatus, Instant> since) {
      List<Map.Entry<TopicPartition, PartitionStatus>> found =
          all.entrySet().stream().filter(each -> which.test(each.getValue())).toList();
      if (found.isEmpty()) {
        return false;
      }
      String names =
          found.stream()
              .limit(MOST_NAMED)
              .map(each -> each.getKey().toString())
              .collect(Collectors.joining(", "));
      String more = found.size() > MOST_NAMED ? ", …" : "";
      String cause =
          found.stream()
              .flatMap(each -> each.getValue().cause().stream())
              .findFirst()
              .map(first -> ": " + first.getMessage())
              .orElse("");
      problems.add(
          new Problem(
              "%d of %d partitions %s (%s%s)%s"
                  .formatted(found.size(), all.size(), what, names, more, cause),
              found.stream()
                  .map(each -> since.apply(each.getValue()))
                  .min(Comparator.naturalOrder())
                  .orElseThrow()));
      return true;
    }

    Instant latest(Function<PartitionStatus, Instant> when) {
      return all.values().stream().map(when).max(Comparator.naturalOrder()).orElseThrow();
    }

    Instant untroubledSince(Instant link) {
      Instant partitions = all.isEmpty() ? link : latest(PartitionStatus::untroubledSince);
      return partitions.isAfter(link) ? partitions : link;
    }
  }

  @Override
  public String toString() {
    return reasons.isEmpty()
        ? "%s since %s".formatted(verdict, since)
        : "%s since %s: %s".formatted(verdict, since, String.join("; ", reasons));
  }
}
