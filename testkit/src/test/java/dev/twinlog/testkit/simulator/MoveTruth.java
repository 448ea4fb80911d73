package dev.twinlog.testkit.simulator;

import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport;
import dev.twinlog.PartitionMove;
import dev.twinlog.internal.engine.move.LeftSwitchover;
import dev.twinlog.internal.engine.move.Switchover;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Checks what is saved of a move against the contents of the records: each partition has one seam,
 * which never changes; before it is exactly what the source has before its cut, each record once;
 * nothing of the link is appended behind it, and no progress is saved; and no more is lost than it
 * says. Of a switchover all of that holds from its end on: until then it may be taken back, or be
 * replaced by a failover. Then nothing may be missing that was in the source when its ends were
 * looked at once more behind the cut.
 */
final class MoveTruth implements TargetTruth.Guard {
  private final Scenario scenario;
  private final Agenda agenda;
  private final InMemoryCluster source;
  private final SourceTopic topic;
  private final TargetTruth target;
  private final ModelKafka kafka;
  private final ProgressCheck progress;
  private final Map<String, StoredEntry> stored = new HashMap<>();
  private final Map<Integer, Seam> seams = new TreeMap<>();
  private final List<SourceEnds> ends = new ArrayList<>();

  /** The target partitions that have lost fences since the move was begun. */
  private final Set<Integer> unfenced = new HashSet<>();

  /** The markers that were appended since the move was begun. */
  private final Set<ModelBatch> fences = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * The target partitions that have lost records together with a fence of the move. Where a copy
   * ends is read right behind its fence, so what is lost later is not in the report, whether that
   * is before or after the seam is saved.
   */
  private final Set<Integer> lostBehindFence = new HashSet<>();

  /**
   * The source partitions that are closed cleanly. A failover does not read their targets' logs, so
   * it can't know that one has lost its tail if others have filled it up since.
   */
  private final Set<Integer> clean = new HashSet<>();

  private Optional<MoveHeader> header = Optional.empty();

  /** Whether a reversal lets the link copy on behind its seams. */
  private boolean copiesOn;

  /** The ends of the source when a switchover had moved its groups, and when it was done. */
  private List<Long> endsBehindCut = List.of();

  private List<Long> endsWhenDone = List.of();

  MoveTruth(
      Scenario scenario,
      Agenda agenda,
      InMemoryCluster source,
      SourceTopic topic,
      TargetTruth target,
      ModelKafka kafka,
      ProgressCheck progress) {
    this.kafka = kafka;
    this.progress = progress;
    this.scenario = scenario;
    this.agenda = agenda;
    this.source = source;
    this.topic = topic;
    this.target = target;
    for (int i = 0; i < topic.partitions(); i++) {
      ends.add(new SourceEnds());
    }
  }

  boolean isFailedOver() {
    return header.isPresent() && !isSwitchover();
  }

  boolean isDone() {
    return header.map(MoveHeader::isDone).orElse(false);
  }

  /** Whether the link is copied no more, whatever happens. */
  boolean isFinal() {
    return header.map(it -> it.isDone() || !LeftSwitchover.isUnfinished(it)).orElse(false);
  }

  Optional<MoveHeader> header() {
    return header;
  }

  Map<Integer, Seam> seams() {
    return seams;
  }

  /** Notes the ends of the source; called before time passes. */
  void look() {
    for (int i = 0; i < ends.size(); i++) {
      ends.get(i).add(agenda.wallMs(), source.endOffset(SourceTopic.partition(i)));
    }
  }

  // What is saved.

  /** From here on a reversal lets the link copy on. */
  void copiesOn() {
    copiesOn = true;
  }

  void saved(Collection<Progress> changed) {
    for (Progress one : changed) {
      int partition = one.source().partition().partition();
      if (isEnded(partition) && !isAgain(one, seams.get(partition))) {
        throw new Violation("%s is saved, though its copy has ended".formatted(one));
      }
      if (one.clean()) {
        clean.add(partition);
      } else {
        clean.remove(partition);
      }
    }
  }

  private boolean isEnded(int partition) {
    return isFinal() && !copiesOn && seams.containsKey(partition);
  }

  /** The instance that has switched the link over ends, and saves once more what is moved. */
  private boolean isAgain(Progress progress, Seam seam) {
    return isSwitchover()
        && progress.clean()
        && progress.sourceNext() == seam.sourceCut()
        && progress.routes().stream()
            .allMatch(
                route ->
                    route.targetNext() == seam.targets().getOrDefault(route.route().target(), -1L));
  }

  void entries(Collection<StoredEntry> changed) {
    List<StoredEntry> fresh = new ArrayList<>();
    for (StoredEntry entry : changed) {
      if (MoveEntries.isOfMove(entry.key())) {
        StoredEntry before =
            entry.isRemoved() ? stored.remove(entry.key()) : stored.put(entry.key(), entry);
        if (before == null ? !entry.isRemoved() : !before.equals(entry)) {
          requireUnchanged(before, entry);
          fresh.add(entry);
        }
      }
    }
    if (fresh.isEmpty()) {
      return;
    }
    MoveEntries.Stored now = MoveEntries.move(stored.values());
    boolean headed = !now.header().equals(header);
    now.header().ifPresentOrElse(this::header, () -> header = Optional.empty());
    seams.keySet().retainAll(numbers(now.seams().keySet()));
    MoveEntries.move(fresh.stream().filter(entry -> !entry.isRemoved()).toList())
        .seams()
        .forEach((partition, seam) -> ended(partition.partition(), seam));
    boolean groupsMoved =
        now.phase().map(it -> it.phase().equals(Phase.GROUPS.name())).orElse(false);
    if (groupsMoved) {
      endsBehindCut = ends();
    }
    if (headed && isDone()) {
      done();
    }
  }

  private static Set<Integer> numbers(Set<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).collect(Collectors.toSet());
  }

  private List<Long> ends() {
    return IntStream.range(0, topic.partitions())
        .mapToObj(i -> source.endOffset(SourceTopic.partition(i)))
        .toList();
  }

  private void header(MoveHeader now) {
    if (header.isPresent() && !mayFollow(header.get(), now)) {
      throw new Violation("%s is saved after %s".formatted(now, header.get()));
    }
    header = Optional.of(now);
  }

  /** Only a failover replaces another move: a switchover that is not done. */
  private static boolean mayFollow(MoveHeader before, MoveHeader now) {
    return now.equals(before)
        || (!before.isDone() && now.id().equals(before.id()))
        || (LeftSwitchover.isUnfinished(before) && !now.verb().equals(Switchover.VERB));
  }

  private void done() {
    check();
    if (!isSwitchover()) {
      return;
    }
    endsWhenDone = ends();
    if (seams.size() != topic.partitions()) {
      throw new Violation("all is switched over, with the seams of %s only".formatted(seams));
    }
    seams.forEach(
        (partition, seam) -> {
          checkLost(partition, seam);
          if (!changesSource() && seam.sourceCut() < endsBehindCut.get(partition)) {
            throw new Violation(
                "source %d had %d offsets when the groups were moved, and is cut before: %s"
                    .formatted(partition, endsBehindCut.get(partition), seam));
          }
        });
  }

  private boolean isSwitchover() {
    return header.map(it -> it.verb().equals(Switchover.VERB)).orElse(false);
  }

  /** Whether the source may lose records, so that its offsets say less. */
  private boolean changesSource() {
    return scenario.compoundFaults().contains(CompoundFault.SOURCE_TAIL);
  }

  /** Checks how much a switchover says was written to the source after its cut. */
  void checkWritten(long written) {
    long least = behindCut(endsWhenDone);
    long most = behindCut(ends());
    if (!changesSource() && (written < least || written > most)) {
      throw new Violation(
          "%d offsets were written after the cut, not %d to %d".formatted(written, least, most));
    }
  }

  /** Checks that nothing is stored of a move that was taken back. */
  void requireForgotten() {
    if (!stored.isEmpty()) {
      throw new Violation("the link copies, and this is stored of a move: " + stored.keySet());
    }
  }

  /** Checks that a report says what is saved. */
  void requireReported(MoveReport report) {
    seams.forEach(
        (partition, seam) -> {
          PartitionMove move = report.partitions().get(SourceTopic.partition(partition));
          if (move == null || !agree(move, seam)) {
            throw new Violation("%s is saved, and %s reported".formatted(seam, move));
          }
        });
  }

  private static boolean agree(PartitionMove move, Seam seam) {
    return move.sourceCut() == seam.sourceCut()
        && move.targetSeams().equals(seam.targets())
        && move.heldBehindCut() == seam.heldRecords()
        && move.lostAtMost().orElse(Seam.UNKNOWN) == seam.lostAtMost();
  }

  private long behindCut(List<Long> all) {
    return seams.entrySet().stream()
        .mapToLong(each -> all.get(each.getKey()) - each.getValue().sourceCut())
        .sum();
  }

  private void requireUnchanged(@Nullable StoredEntry before, StoredEntry entry) {
    if (!isFinal()) {
      return;
    }
    if (entry.isRemoved()) {
      throw new Violation("%s is removed".formatted(before));
    }
    if (before != null && entry.key().startsWith("move/partition/")) {
      throw new Violation(
          "the seam %s is changed to %s"
              .formatted(
                  MoveEntries.move(List.of(before)).seams(),
                  MoveEntries.move(List.of(entry)).seams()));
    }
  }

  // Seams.

  private void ended(int partition, Seam seam) {
    seams.put(partition, seam);
    if (!seam.fenced()) {
      throw new Violation("source %d is copied exactly once, and not fenced".formatted(partition));
    }
    check(partition, seam);
    if (!isSwitchover()) {
      checkLost(partition, seam);
    }
  }

  /** Checks all partitions. */
  void check() {
    seams.forEach(this::check);
    for (TargetTruth.Way way : target.routes().keySet()) {
      if (!seams.containsKey(way.source())
          && target.route(way.source(), way.target()).count() > 0) {
        throw new Violation("%s has records, but source %d no seam".formatted(way, way.source()));
      }
    }
  }

  private void check(int partition, Seam seam) {
    SourceTruth truth = topic.truth(partition);
    for (int to = 0; to < scenario.targetPartitions(); to++) {
      RouteTruth there = target.route(partition, to);
      LongList expected = truth.expected(to);
      TopicPartition name = new TopicPartition(SourceTopic.NAME, to);
      long end = seam.targets().getOrDefault(name, 0L);
      if (!seam.problem().isEmpty()) {
        continue;
      }
      long last = there.count() == 0 ? -1 : there.target(there.count() - 1);
      if (!unfenced.contains(to) && last >= Math.max(end, start(to))) {
        throw new Violation(
            "source %d, %s: a record is at target offset %d, behind the seam: %s"
                .formatted(partition, name, last, seam));
      }
      int before = expected.lowerBound(progress.cutNow(partition, seam.sourceCut()));
      for (int i = 0; i < before; i++) {
        long serial = expected.get(i);
        if (!there.holds(serial) && !isExcused(truth, there, serial)) {
          throw new Violation(
              "source %d, %s: serial %d of source offset %d is missing before the seam: %s"
                  .formatted(partition, name, serial, truth.offset(serial), seam));
        }
      }
      long wanted = before + seam.held().getOrDefault(name, 0L);
      if (!scenario.mayLose() && there.count() != wanted) {
        throw new Violation(
            "source %d, %s: %d records are before the seam, not %d: %s"
                .formatted(partition, name, there.count(), wanted, seam));
      }
    }
  }

  /** Where the log of a target partition begins: retention has removed what was before. */
  private long start(int partition) {
    return kafka.partition(new TopicPartition(SourceTopic.NAME, partition)).start();
  }

  private boolean isExcused(SourceTruth truth, RouteTruth there, long serial) {
    return scenario.mayLose() && (truth.isLost(serial) || there.wasLost(serial));
  }

  /**
   * Checks that as of the last contact no more is lost than the seam says; not what an operator has
   * accepted, nor what the target itself lost after its log was read.
   */
  private void checkLost(int partition, Seam seam) {
    if (changesSource() || seam.lostAtMost() == Seam.UNKNOWN) {
      return;
    }
    SourceTruth truth = topic.truth(partition);
    long missing = 0;
    for (int to = 0; to < scenario.targetPartitions(); to++) {
      RouteTruth there = target.route(partition, to);
      LongList expected = truth.expected(to);
      for (int i = 0; i < expected.size(); i++) {
        long serial = expected.get(i);
        if (truth.offset(serial) < seam.last().end()
            && !there.holds(serial)
            && !truth.isLost(serial)
            && !there.wasLostBefore(serial, start(to))
            && !there.wasAccepted(serial)
            && !(there.wasLost(serial)
                && (clean.contains(partition) || lostBehindFence.contains(to)))) {
          missing++;
        }
      }
    }
    if (missing > seam.lostAtMost()) {
      throw new Violation(
          "source %d: %d records are lost, more than %d: %s"
              .formatted(partition, missing, seam.lostAtMost(), seam));
    }
    long end = ends.get(partition).before(seam.last().atMs());
    if (!scenario.clocksJump() && !scenario.mayLose() && seam.last().end() < end) {
      throw new Violation(
          "source %d ended at %d before the last contact, which says %s"
              .formatted(partition, end, seam.last()));
    }
  }

  // What is appended.

  @Override
  public void appended(TargetTruth.Way way, long serial, long offset) {
    if (isEnded(way.source()) && !unfenced.contains(way.target())) {
      throw new Violation(
          "%s: a record is appended at target offset %d, behind the seam: %s"
              .formatted(way, offset, seams.get(way.source())));
    }
  }

  @Override
  public void marked(int partition, ModelBatch marker) {
    if (header.isPresent()) {
      fences.add(marker);
    }
  }

  @Override
  public void fenceLost(int partition, List<ModelBatch> markers) {
    if (markers.stream().anyMatch(fences::contains)) {
      lostBehindFence.add(partition);
    }
    // a switchover fences no former owner: its owner did, when it opened its routes
    if (header.isPresent() || scenario.move() == Scenario.Move.SWITCHOVER) {
      unfenced.add(partition);
    }
  }
}
