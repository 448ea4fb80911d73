package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.simulator.model.Agenda;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Checks what is saved of a move against the contents of the records: each partition has one seam,
 * which never changes; before it is exactly what the source has before its cut, each record once;
 * nothing of the link is appended behind it, and no progress is saved; and no more is lost than it
 * says.
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

  /**
   * The source partitions that are closed cleanly. A failover does not read their targets' logs, so
   * it can't know that one has lost its tail if others have filled it up since.
   */
  private final Set<Integer> clean = new HashSet<>();

  private Optional<MoveHeader> header = Optional.empty();

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

  boolean isBegun() {
    return header.isPresent();
  }

  boolean isDone() {
    return header.map(MoveHeader::isDone).orElse(false);
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

  void saved(Collection<Progress> changed) {
    for (Progress one : changed) {
      if (seams.containsKey(one.source().partition().partition())) {
        throw new Violation("%s is saved, though its copy has ended".formatted(one));
      }
      int partition = one.source().partition().partition();
      if (one.clean()) {
        clean.add(partition);
      } else {
        clean.remove(partition);
      }
    }
  }

  void entries(Collection<StoredEntry> changed) {
    List<StoredEntry> fresh = new ArrayList<>();
    for (StoredEntry entry : changed) {
      if (MoveEntries.isOfMove(entry.key())) {
        StoredEntry before = stored.put(entry.key(), entry);
        if (before == null || !before.equals(entry)) {
          requireUnchanged(before, entry);
          fresh.add(entry);
        }
      }
    }
    MoveEntries.Stored move = MoveEntries.move(fresh);
    move.header().ifPresent(this::header);
    move.seams().forEach((partition, seam) -> ended(partition.partition(), seam));
    if (move.header().isPresent() && isDone()) {
      check();
    }
  }

  private void header(MoveHeader now) {
    if (header.isPresent() && (header.get().isDone() || !header.get().id().equals(now.id()))) {
      throw new Violation("%s is saved after %s".formatted(now, header.get()));
    }
    header = Optional.of(now);
  }

  private static void requireUnchanged(@Nullable StoredEntry before, StoredEntry entry) {
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
    checkLost(partition, seam);
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
   * accepted.
   */
  private void checkLost(int partition, Seam seam) {
    boolean changes = scenario.compoundFaults().contains(CompoundFault.SOURCE_TAIL);
    if (changes || seam.lostAtMost() == Seam.UNKNOWN) {
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
            && !(clean.contains(partition) && there.wasLost(serial))) {
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
  public void appended(TargetTruth.Way way, long offset) {
    if (seams.containsKey(way.source()) && !unfenced.contains(way.target())) {
      throw new Violation(
          "%s: a record is appended at target offset %d, behind the seam: %s"
              .formatted(way, offset, seams.get(way.source())));
    }
  }

  @Override
  public void fenceLost(int partition) {
    if (header.isPresent()) {
      unfenced.add(partition);
    }
  }

  /** The ends of a source partition, by the time at which they changed. */
  private static final class SourceEnds {
    private final LongList times = new LongList();
    private final LongList values = new LongList();

    void add(long ms, long end) {
      if (values.last() != end) {
        times.add(ms);
        values.add(end);
      }
    }

    /** The end as it was before this time. */
    long before(long ms) {
      int at = times.lowerBound(ms);
      return at == 0 ? 0 : values.get(at - 1);
    }
  }
}
