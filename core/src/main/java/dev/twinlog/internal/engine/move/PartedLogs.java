package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.internal.verify.CopiedLink.CopiedPartition;
import dev.twinlog.internal.verify.DivergedTails;
import dev.twinlog.internal.verify.DivergedTails.Found;
import dev.twinlog.internal.verify.DivergedTails.Tail;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicLogs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Finds where the histories of a moved link's partitions part: asks both clusters, and reads what
 * either has behind the saved progress. Changes nothing. Used once, by one thread.
 */
final class PartedLogs {
  private static final long NOTHING = -1;

  private final Side source;
  private final Side target;
  private final MovedLink link;
  private final Map<TopicPartition, SeededPartition> known;
  private final Predicate<String> copiesAll;
  private final Map<TopicPartition, Progress> progress = new TreeMap<>(StoredMove.BY_NAME);
  private final Map<TopicPartition, PartedLog> parted = new TreeMap<>(StoredMove.BY_NAME);
  private Map<TopicPartition, Optional<Uuid>> atSource = Map.of();
  private Map<TopicPartition, Optional<Uuid>> inTarget = Map.of();
  private Map<TopicPartition, Long> starts = Map.of();
  private Map<TopicPartition, Long> ends = Map.of();
  private Map<TopicPartition, Long> logEnds = Map.of();
  private Map<TopicPartition, Long> targetEnds = Map.of();

  /**
   * Prepares it.
   *
   * @param known partitions that are not looked at any more
   * @param copiesAll whether nothing is to be known of a source topic
   */
  PartedLogs(
      Side source,
      Side target,
      MovedLink link,
      Map<TopicPartition, SeededPartition> known,
      Predicate<String> copiesAll) {
    this.source = source;
    this.target = target;
    this.link = link;
    this.known = known;
    this.copiesAll = copiesAll;
    link.saved().progress().values().forEach(one -> progress.put(one.source().partition(), one));
  }

  /** Looks at all partitions; returns them by partition of the source. */
  Map<TopicPartition, PartedLog> find() {
    Map<String, String> topics = link.topics();
    if (topics.isEmpty()) {
      return parted;
    }
    try (TopicLogs from = source.logs().openLogs(topics.keySet());
        TopicLogs to = target.logs().openLogs(new TreeSet<>(topics.values()))) {
      ask(from, to);
      List<Tail> tails = new ArrayList<>();
      progress.forEach((partition, one) -> copied(partition, one).ifPresent(tails::add));
      for (TopicPartition partition : atSource.keySet()) {
        if (!progress.containsKey(partition)) {
          neverCopied(partition, topics).ifPresent(tails::add);
        }
      }
      new DivergedTails(from, to).find(link.link(), tails).forEach(this::found);
    }
    return parted;
  }

  private void ask(TopicLogs from, TopicLogs to) {
    atSource = ids(from.partitions());
    inTarget = ids(to.partitions());
    starts = resolve(from, StartPosition.earliest());
    ends = resolve(from, StartPosition.latest());
    logEnds = source.topics().endOffsets(atSource.keySet());
    Set<TopicPartition> targets = new HashSet<>(inTarget.keySet());
    targetEnds = target.topics().endOffsets(targets);
  }

  private static Map<TopicPartition, Optional<Uuid>> ids(Collection<SourcePartition> partitions) {
    Map<TopicPartition, Optional<Uuid>> ids = new HashMap<>();
    partitions.forEach(one -> ids.put(one.partition(), one.topicId()));
    return ids;
  }

  private Map<TopicPartition, Long> resolve(TopicLogs from, StartPosition position) {
    Map<TopicPartition, StartPosition> wanted = new HashMap<>();
    atSource.keySet().forEach(partition -> wanted.put(partition, position));
    return wanted.isEmpty() ? Map.of() : from.resolve(wanted);
  }

  /** Looks at a partition that was copied; returns what is to be read of it. */
  private Optional<Tail> copied(TopicPartition partition, Progress one) {
    TopicPartition to = one.routes().isEmpty() ? partition : one.routes().get(0).route().target();
    Seam seam = link.seams().get(partition);
    SeededPartition before = known.get(partition);
    if (before != null) {
      put(partition, one, before, "", "");
      return Optional.empty();
    }
    long targetSeam =
        seam == null ? 0 : seam.targets().values().stream().mapToLong(Long::longValue).sum();
    long cut = seam == null ? one.sourceNext() : seam.sourceCut();
    long end = ends.getOrDefault(partition, cut);
    SeededPartition asSaved = new SeededPartition(to, cut, end, targetSeam, 0, 0);
    if (copiesAll.test(partition.topic())) {
      put(partition, one, new SeededPartition(to, 0, end, 0, 0, 0), "", notEmpty(partition));
      return Optional.empty();
    }
    String refusal = refusal(partition, one, seam);
    String problem = problem(one, seam);
    put(partition, one, asSaved, problem, refusal);
    if (!refusal.isEmpty()) {
      return Optional.empty();
    }
    RouteProgress route = one.routes().get(0);
    boolean rewound = cut < one.sourceNext();
    boolean certain = problem.isEmpty() && !rewound;
    return Optional.of(
        new Tail(
            route.route(),
            certain ? one.sourceNext() : cut,
            cut,
            certain ? route.targetNext() : targetSeam,
            targetSeam,
            starts.getOrDefault(partition, 0L),
            end,
            one.skipped()));
  }

  private void put(
      TopicPartition partition,
      Progress one,
      SeededPartition seam,
      String problem,
      String refusal) {
    SourcePartition to =
        new SourcePartition(seam.target(), inTarget.getOrDefault(seam.target(), Optional.empty()));
    Optional<SourcePartition> target =
        inTarget.containsKey(seam.target()) ? Optional.of(to) : Optional.empty();
    parted.put(
        partition, new PartedLog(Optional.of(one), target, seam, List.of(), problem, refusal));
  }

  private String notEmpty(TopicPartition partition) {
    long start = starts.getOrDefault(partition, 0L);
    long end = logEnds.getOrDefault(partition, start);
    return end > start
        ? "%s is to be copied whole, but has records in %s from offset %d to %d: delete the topic there first"
            .formatted(partition, source.alias(), start, end)
        : "";
  }

  /** Why the seam of a partition isn't certain. */
  private String problem(Progress one, @Nullable Seam seam) {
    if (seam == null) {
      return "it has no seam: the move did not reach it";
    }
    if (!seam.problem().isEmpty()) {
      return seam.problem();
    }
    return seam.fenced() || isUntouched(one)
        ? ""
        : "it was copied at least once: its records may be in the target twice, and its offsets are not exact";
  }

  /** Whether the link was seeded, and has copied nothing of the partition since. */
  private boolean isUntouched(Progress one) {
    return link.seed().partitions().values().stream()
        .anyMatch(
            seed ->
                seed.target().equals(one.source().partition())
                    && seed.targetSeam() == one.sourceNext());
  }

  private String refusal(TopicPartition partition, Progress one, @Nullable Seam seam) {
    if (one.routes().size() != 1) {
      return "its records were spread over %d target partitions, which can't be turned round"
          .formatted(one.routes().size());
    }
    Route route = one.routes().get(0).route();
    if (route.target().partition() != partition.partition()) {
      return "it was copied to %s: partitions that change their numbers, or are merged, can't be turned round"
          .formatted(route.target());
    }
    if (CopiedPartition.of(one).transformed()) {
      return "a transform has changed or dropped its records, so the two logs are not the same";
    }
    if (seam == null && isCopied(one)) {
      return "it has no seam, so where its copy has ended in the target is not known, and it can't be turned round: name the topic in copyAll, which needs it deleted from %s first, or reopen link %s, start it, and move it again"
          .formatted(source.alias(), link.link());
    }
    String gone = gone(partition, one.source().topicId());
    if (!gone.isEmpty()) {
      return gone;
    }
    long end = ends.getOrDefault(partition, 0L);
    long logEnd = logEnds.getOrDefault(partition, end);
    long cut = seam == null ? one.sourceNext() : seam.sourceCut();
    if (logEnd < cut) {
      return "the source ends at offset %d, but was copied up to %d: it has lost records that the target has; delete the topic from %s and let it be copied whole, by copyAll"
          .formatted(logEnd, cut, source.alias());
    }
    if (end < logEnd) {
      return "transactions are open in %s from offset %d on: wait until they have ended, or abort them (kafka-transactions.sh find-hanging)"
          .formatted(source.alias(), end);
    }
    return targetLost(route.target(), seam);
  }

  private static boolean isCopied(Progress one) {
    return one.routes().stream().anyMatch(route -> route.written() > 0 || route.targetNext() > 0);
  }

  private String gone(TopicPartition partition, Optional<Uuid> copied) {
    Optional<Uuid> now = atSource.getOrDefault(partition, Optional.empty());
    String way =
        "; let the reverse link copy it whole, by copyAll: it must not exist there then, or be empty";
    if (!atSource.containsKey(partition)) {
      return "it does not exist in %s any more%s".formatted(source.alias(), way);
    }
    return copied.isPresent() && now.isPresent() && !copied.equals(now)
        ? "its topic was recreated in %s since%s".formatted(source.alias(), way)
        : "";
  }

  private String targetLost(TopicPartition to, @Nullable Seam seam) {
    if (!inTarget.containsKey(to)) {
      return "%s does not exist in %s any more".formatted(to, target.alias());
    }
    long end = targetEnds.getOrDefault(to, 0L);
    long behind = seam == null ? 0 : seam.targets().getOrDefault(to, 0L);
    return end < behind
        ? "%s ends at offset %d in %s, but was written up to %d: it was recreated, or has lost records"
            .formatted(to, end, target.alias(), behind)
        : "";
  }

  /** A partition that the link would have copied next. */
  private Optional<Tail> neverCopied(TopicPartition partition, Map<String, String> topics) {
    String topic = topics.get(partition.topic());
    if (topic == null || copiesAll.test(partition.topic())) {
      return Optional.empty();
    }
    TopicPartition to = new TopicPartition(topic, partition.partition());
    long start = starts.getOrDefault(partition, 0L);
    long end = ends.getOrDefault(partition, start);
    SeededPartition before = known.get(partition);
    parted.put(
        partition,
        new PartedLog(
            Optional.empty(),
            Optional.empty(),
            before != null ? before : new SeededPartition(to, start, end, NOTHING, 0, 0),
            List.of(),
            "",
            ""));
    return before != null
        ? Optional.empty()
        : Optional.of(
            new Tail(
                new Route(partition, to), start, start, 0, 0, start, end, SkippedOffsets.none()));
  }

  private void found(TopicPartition partition, Found found) {
    PartedLog before = parted.get(partition);
    if (before == null) {
      return;
    }
    SeededPartition old = before.seam();
    SeededPartition seam =
        new SeededPartition(
            old.target(),
            found.seam(),
            old.sourceEnd(),
            old.targetSeam(),
            found.matched(),
            found.diverged());
    parted.put(
        partition,
        new PartedLog(
            before.progress(),
            before.target(),
            seam,
            found.runs(),
            before.problem(),
            found.problem().orElse(before.refusal())));
  }
}
