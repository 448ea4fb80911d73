package dev.twinlog.internal.engine.move;

import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseOptions;
import dev.twinlog.internal.names.LinkName;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.TopicDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Whether a moved link can be reversed, and with what. Changes nothing. Used once. */
final class ReversePlan {
  private static final int MOST_PARTITIONS = 5;

  private final Reverse.Parts parts;
  private final ReverseOptions options;
  private final MovedLink moved;
  private final String name;
  private final Optional<Seed> seed;
  private final List<String> refusals = new ArrayList<>();
  private Map<TopicPartition, PartedLog> logs = Map.of();

  /**
   * Prepares it.
   *
   * @param name of the reverse link
   * @param seed what an earlier call has saved
   */
  ReversePlan(
      Reverse.Parts parts,
      ReverseOptions options,
      MovedLink moved,
      String name,
      Optional<Seed> seed) {
    this.parts = parts;
    this.options = options;
    this.moved = moved;
    this.name = name;
    this.seed = seed;
  }

  /** Reads both clusters, unless something else is in the way already. */
  void find() {
    notMoved(moved).ifPresent(refusals::add);
    otherCluster(moved, parts.source()).ifPresent(refusals::add);
    if (!LinkName.isValid(name)) {
      refusals.add(
          "the reverse link's name would be '%s' but must be %s: give it another one"
              .formatted(name, LinkName.ALLOWED));
    } else {
      nameInUse().ifPresent(refusals::add);
    }
    if (moved.resend().header().isPresent() && options.onDivergence() != OnDivergence.RESEND) {
      refusals.add(
          "%s has begun to reverse link %s with onDivergence RESEND, and records may be in %s already: call it with RESEND again"
              .formatted(
                  moved.resend().header().get().actor(), moved.link(), parts.target().alias()));
    }
    if (BackMapper.of(moved.topics(), options.topicMapper()).isEmpty()) {
      refusals.add(noMapper(moved));
    }
    if (!refusals.isEmpty()) {
      return;
    }
    logs =
        new PartedLogs(
                parts.source(),
                parts.target(),
                moved,
                Reverse.known(moved, seed),
                options::copiesAll)
            .find();
    refusals.addAll(summed(PartedLog::refusal, ""));
    if (!options.acceptsUnprovedSeams()) {
      refusals.addAll(
          summed(
              log -> log.refusal().isEmpty() ? log.problem() : "",
              "; to reverse it all the same, acceptUnprovedSeams()"));
    }
    if (options.onDivergence() == OnDivergence.RESEND) {
      refusals.addAll(
          summed(
              log -> log.refusal().isEmpty() && log.seam().diverged() > 0 ? log.problem() : "",
              ": so RESEND can't tell what is to be copied; use KEEP"));
      refusals.addAll(notTurnedRound());
    }
    refusals.addAll(merged());
    if (options.onDivergence() == OnDivergence.REFUSE) {
      diverged().ifPresent(refusals::add);
    }
  }

  /** Why the link is not moved; empty if it is. */
  static Optional<String> notMoved(MovedLink moved) {
    Optional<MoveHeader> move = moved.move();
    Map<String, String> some = MoveScope.reasons(MoveEntries.move(moved.saved().entries()));
    if (move.isEmpty() && !some.isEmpty()) {
      return Optional.of(
          "only some topics of link %s were moved, and it copies the others: move all of it first, by a switchover or failover without topics, or reopen it (%s)"
              .formatted(moved.link(), StoredMove.listed(new TreeMap<>(some))));
    }
    if (move.isEmpty()) {
      return Optional.of(
          "link %s was not moved: only a link that was moved, by a failover for instance, can be reversed"
              .formatted(moved.link()));
    }
    return move.get().isDone()
        ? Optional.empty()
        : Optional.of(
            "the %s of link %s was begun by %s, and is not finished: call it again first"
                .formatted(move.get().verb(), moved.link(), move.get().actor()));
  }

  static Optional<String> otherCluster(MovedLink moved, Side source) {
    String here = source.cluster().clusterId();
    String known = moved.description().sourceCluster();
    return known.equals(here)
        ? Optional.empty()
        : Optional.of(
            "link %s has read cluster %s, but %s is cluster %s"
                .formatted(moved.link(), known, source.alias(), here));
  }

  static String noMapper(MovedLink moved) {
    return "the topics of link %s have other names in its target, and not just behind one prefix: give a topicMapper that turns these names round (%s)"
        .formatted(moved.link(), moved.topics());
  }

  /** A name may be used again if its link was reversed by the one that is reversed now. */
  private Optional<String> nameInUse() {
    Optional<MovedLink> there = MovedLink.find(parts.source(), name);
    if (there.isEmpty() || seed.isPresent() || there.get().saved().progress().isEmpty()) {
      return Optional.empty();
    }
    boolean unfinished = there.get().seed().header().map(header -> !header.isDone()).orElse(false);
    boolean reversedByThis =
        there.get().move().isPresent()
            && there
                .get()
                .reversal()
                .map(reversal -> reversal.link().equals(moved.link()))
                .orElse(false);
    return unfinished || reversedByThis
        ? Optional.empty()
        : Optional.of(
            "a link %s writes into %s already: give the reverse link another name%s"
                .formatted(
                    name,
                    parts.source().alias(),
                    there
                        .get()
                        .seed()
                        .header()
                        .map(SeedHeader::forward)
                        .map(" (it is the reverse of link %s)"::formatted)
                        .orElse("")));
  }

  /** Reasons of partitions, each with some of those that it concerns. */
  private List<String> summed(Function<PartedLog, String> reason, String way) {
    Map<TopicPartition, String> reasons = new HashMap<>();
    logs.forEach(
        (partition, log) -> {
          String why = reason.apply(log);
          if (!why.isEmpty()) {
            reasons.put(partition, why + way);
          }
        });
    return summed(reasons);
  }

  private static List<String> summed(Map<TopicPartition, String> reasons) {
    Map<TopicPartition, String> sorted = new TreeMap<>(StoredMove.BY_NAME);
    sorted.putAll(reasons);
    Map<String, List<String>> byReason = new TreeMap<>();
    sorted.forEach(
        (partition, why) ->
            byReason.computeIfAbsent(why, any -> new ArrayList<>()).add(partition.toString()));
    List<String> sentences = new ArrayList<>();
    byReason.forEach((why, of) -> sentences.add("%s: %s".formatted(some(of), why)));
    return sentences;
  }

  private static String some(List<String> of) {
    String named = String.join(", ", of.subList(0, Math.min(MOST_PARTITIONS, of.size())));
    int more = of.size() - MOST_PARTITIONS;
    return more > 0 ? "%s and %d more".formatted(named, more) : named;
  }

  /**
   * What RESEND would copy so that it can't be told from what the target has, or is not the same:
   * of a partition that was never copied nothing else shows how the link copies it.
   */
  private List<String> notTurnedRound() {
    Set<String> topics = new TreeSet<>();
    logs.values().forEach(log -> topics.add(log.seam().target().topic()));
    Map<String, TopicDescription> found = parts.target().topics().describeWithoutConfigs(topics);
    Map<TopicPartition, Long> starts = parts.source().topics().startOffsets(logs.keySet());
    Map<TopicPartition, String> reasons = new HashMap<>();
    logs.forEach(
        (partition, log) -> {
          TopicDescription there = found.get(log.seam().target().topic());
          if (log.refusal().isEmpty() && log.seam().diverged() > 0) {
            notTurnedRound(partition, there)
                .or(() -> removed(log, starts.getOrDefault(partition, 0L)))
                .ifPresent(why -> reasons.put(partition, why));
          }
        });
    return summed(reasons);
  }

  /**
   * The link would stop: what the target holds behind the saved progress can't be told from what is
   * left at the source.
   */
  private Optional<String> removed(PartedLog log, long start) {
    boolean removed =
        log.progress()
            .filter(one -> one.sourceNext() < start)
            .map(one -> one.routes().get(0).targetNext() < log.seam().targetSeam())
            .orElse(false);
    String way =
        moved.resend().header().isEmpty()
            ? "use KEEP"
            : "reopen link %s, start it, accept the loss, and move it again"
                .formatted(moved.link());
    return removed
        ? Optional.of(
            "%s has removed the records up to offset %d, of which the target has some behind the saved progress, so RESEND can't tell what is to be copied: %s"
                .formatted(parts.source().alias(), start, way))
        : Optional.empty();
  }

  private Optional<String> notTurnedRound(
      TopicPartition partition, @Nullable TopicDescription there) {
    if (parts.resender().transforms()) {
      return Optional.of(
          "RESEND would copy its records without the transform of link %s, so use KEEP"
              .formatted(moved.link()));
    }
    if (there == null) {
      return Optional.empty();
    }
    PartitionMapper mapper = parts.resender().mapper();
    boolean keeps =
        mapper instanceof PartitionMapper.ByPartition byPartition
            ? byPartition.targetPartition(partition, there.partitions()) == partition.partition()
            : there.partitions() == 1 && partition.partition() == 0;
    return keeps
        ? Optional.empty()
        : Optional.of(
            "the partition mapper of link %s would copy its records to another partition of %s, which can't be turned round, so RESEND can't copy them: use KEEP"
                .formatted(moved.link(), there.name()));
  }

  /** Target partitions that several source partitions were copied to. */
  private List<String> merged() {
    Map<TopicPartition, TopicPartition> taken = new HashMap<>();
    List<String> merged = new ArrayList<>();
    logs.forEach(
        (partition, log) -> {
          TopicPartition other = taken.putIfAbsent(log.seam().target(), partition);
          if (other != null) {
            merged.add(
                "%s and %s were copied to %s: that can't be turned round"
                    .formatted(other, partition, log.seam().target()));
          }
        });
    return merged;
  }

  private Optional<String> diverged() {
    Map<TopicPartition, Long> counts = new HashMap<>();
    logs.forEach(
        (partition, log) -> {
          if (log.seam().diverged() > 0) {
            counts.put(partition, log.seam().diverged());
          }
        });
    if (counts.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> topics = SeedReport.byTopic(counts);
    return Optional.of(
        "%s has %d records that were never copied (%s): read them with divergence(), then either keep them there with onDivergence KEEP, before what is copied back; or let them be copied to %s as well with RESEND, behind what it has; or delete these topics there and let them be copied whole, with copyAll"
            .formatted(
                parts.source().alias(),
                topics.values().stream().mapToLong(Long::longValue).sum(),
                SeedReport.listed(topics),
                parts.target().alias()));
  }

  /** Whether there is something to copy before the link is turned round. */
  boolean resends() {
    return options.onDivergence() == OnDivergence.RESEND
        && (moved.resend().isUnderWay()
            || (moved.resend().header().isEmpty()
                && logs.values().stream().anyMatch(log -> log.seam().diverged() > 0)));
  }

  /** Why it can't be reversed; empty if it can. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** The partitions, by partition of the old primary. */
  Map<TopicPartition, PartedLog> logs() {
    return logs;
  }

  /** The offsets of the partitions. */
  Map<TopicPartition, SeededPartition> partitions() {
    Map<TopicPartition, SeededPartition> seams = new TreeMap<>(StoredMove.BY_NAME);
    logs.forEach((partition, log) -> seams.put(partition, log.seam()));
    return seams;
  }
}
