package dev.twinlog.internal.engine.move;

import dev.twinlog.AclChange;
import dev.twinlog.GroupMove;
import dev.twinlog.GroupState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.PartitionMove;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.Seam;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What the reports of all moves have in common, made of what is stored. Immutable. */
abstract class StoredMove {
  static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /**
   * What is known.
   *
   * @param repeated whether an earlier call has finished it
   * @param nowMs the time, for a move that is not done
   */
  record Facts(
      String link,
      MoveHeader move,
      Map<TopicPartition, Seam> seams,
      Map<String, MovedGroup> groups,
      List<MovedAcl> acls,
      boolean repeated,
      long nowMs) {

    /** Of a move that has created no ACLs. */
    Facts(
        String link,
        MoveHeader move,
        Map<TopicPartition, Seam> seams,
        Map<String, MovedGroup> groups,
        boolean repeated,
        long nowMs) {
      this(link, move, seams, groups, List.of(), repeated, nowMs);
    }
  }

  /**
   * How it has ended.
   *
   * @param outcome null if it is done: then it depends on what was lost
   * @param refusals why it was refused or taken back
   * @param todo what is left to do first
   */
  record Ending(@Nullable Outcome outcome, List<String> refusals, List<String> todo) {
    static final Ending DONE = new Ending(null, List.of(), List.of());
    static final Ending DRY_RUN = new Ending(Outcome.DRY_RUN, List.of(), List.of());

    /** Done, but for this. */
    static Ending done(List<String> todo) {
      return new Ending(null, List.of(), todo);
    }

    static Ending incomplete(String todo) {
      return new Ending(Outcome.INCOMPLETE, List.of(), List.of(todo));
    }
  }

  private final Facts facts;
  private final Outcome outcome;
  private final List<String> refusals;
  private final List<String> todo;
  private final Map<TopicPartition, PartitionMove> partitions;
  private final Map<String, GroupMove> groups;

  StoredMove(Facts facts, Ending ending) {
    this.facts = facts;
    Map<TopicPartition, PartitionMove> moved = new TreeMap<>(BY_NAME);
    facts.seams().forEach((partition, seam) -> moved.put(partition, new StoredPartition(seam)));
    this.partitions = Collections.unmodifiableMap(moved);
    Map<String, GroupMove> found = new TreeMap<>();
    facts.groups().forEach((id, group) -> found.put(id, new StoredGroup(group)));
    this.groups = Collections.unmodifiableMap(found);
    this.outcome = ending.outcome() != null ? ending.outcome() : done();
    this.refusals = List.copyOf(ending.refusals());
    this.todo = List.copyOf(todo(ending.todo()));
  }

  private Outcome done() {
    OptionalLong lost = lostAtMost();
    boolean lossless = lost.isPresent() && lost.getAsLong() == 0;
    return lossless && problems().isEmpty() ? Outcome.DONE : Outcome.DONE_WITH_LOSS;
  }

  private Map<TopicPartition, String> problems() {
    Map<TopicPartition, String> problems = new TreeMap<>(BY_NAME);
    facts
        .seams()
        .forEach(
            (partition, seam) -> {
              if (!seam.problem().isEmpty()) {
                problems.put(partition, seam.problem());
              }
            });
    return problems;
  }

  private List<String> todo(List<String> first) {
    List<String> lines = new ArrayList<>(first);
    Map<TopicPartition, String> problems = problems();
    if (!problems.isEmpty()) {
      lines.add(
          "look at %d partitions, and make sure that no instance of link %s runs: %s"
              .formatted(problems.size(), facts.link(), listed(problems)));
    }
    for (GroupState state : GroupState.values()) {
      Map<String, String> held = new TreeMap<>();
      groups.forEach(
          (id, group) -> {
            if (group.state() == state && !state.isSynced()) {
              held.put(id, group.reason());
            }
          });
      if (!held.isEmpty()) {
        lines.add("look at %d groups that are %s: %s".formatted(held.size(), state, listed(held)));
      }
    }
    List<String> left = new ArrayList<>();
    facts
        .seams()
        .forEach(
            (partition, seam) -> {
              if (Cuts.isLeft(facts.move(), seam)) {
                left.add("%s up to %d".formatted(partition, seam.sourceCut()));
              }
            });
    if (!left.isEmpty()) {
      lines.add(
          "%d partitions were copied before and are not selected any more, or not there: what their source has got since is not in the target (%s)"
              .formatted(left.size(), ReportTable.first(left)));
    }
    long unknown = copied().filter(seam -> seam.last().end() == Seam.UNKNOWN).count();
    if (unknown > 0) {
      lines.add(
          "what %d partitions have lost is not known, since the source has never reported their ends"
              .formatted(unknown));
    }
    return lines;
  }

  static String listed(Map<?, String> reasons) {
    return ReportTable.first(
        reasons.entrySet().stream()
            .map(each -> each.getKey() + " (" + each.getValue() + ")")
            .toList());
  }

  // What both interfaces of reports promise is described there.

  public String link() {
    return facts.link();
  }

  public UUID id() {
    return facts.move().id();
  }

  public Outcome outcome() {
    return outcome;
  }

  public boolean repeated() {
    return facts.repeated();
  }

  public String actor() {
    return facts.move().actor();
  }

  public Instant begunAt() {
    return Instant.ofEpochMilli(facts.move().begunMs());
  }

  public Duration took() {
    long until = facts.move().isDone() ? facts.move().endedMs() : facts.nowMs();
    return Duration.ofMillis(Math.max(0, until - facts.move().begunMs()));
  }

  public List<String> refusals() {
    return refusals;
  }

  public List<String> todo() {
    return todo;
  }

  public Map<TopicPartition, PartitionMove> partitions() {
    return partitions;
  }

  public Map<String, GroupMove> groups() {
    return groups;
  }

  public List<AclChange> acls() {
    return facts.acls().stream().<AclChange>map(StoredAcl::new).toList();
  }

  public String verb() {
    return facts.move().verb();
  }

  /** See {@link dev.twinlog.FailoverReport#lostAtMost}. */
  public OptionalLong lostAtMost() {
    return sum(Seam::lostAtMost);
  }

  /** See {@link dev.twinlog.FailoverReport#lostEstimate}. */
  public OptionalLong lostEstimate() {
    return sum(Seam::lostEstimate);
  }

  /** The seams of partitions that the link has copied until then. */
  private Stream<Seam> copied() {
    return facts.seams().values().stream().filter(seam -> !Cuts.isLeft(facts.move(), seam));
  }

  /** Over the partitions that the link has copied until then; empty if one's isn't known. */
  private OptionalLong sum(ToLongFunction<Seam> of) {
    long sum = 0;
    for (Seam seam : copied().toList()) {
      long one = of.applyAsLong(seam);
      if (one == Seam.UNKNOWN) {
        return OptionalLong.empty();
      }
      sum += one;
    }
    return OptionalLong.of(sum);
  }
}
