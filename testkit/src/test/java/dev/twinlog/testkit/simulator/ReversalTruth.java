package dev.twinlog.testkit.simulator;

import dev.twinlog.Offsets;
import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Translation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Checks a reversal against the contents of the records: where the histories part; that nothing of
 * the moved link is copied back, and what was written behind its seam is, each record once and in
 * order; and the offset translation of the reverse link, across the seam.
 */
final class ReversalTruth {
  private final World world;
  private final TargetCopy copy;
  private final Map<Integer, Seam> seams;

  ReversalTruth(World world, TargetCopy copy, Map<Integer, Seam> seams) {
    this.world = world;
    this.copy = copy;
    this.seams = Map.copyOf(seams);
  }

  /** Whether the link keeps records in partitions of the same number, as they are. */
  boolean mayReverse() {
    return !world.scenario().filter() && world.scenario().mapper() == Scenario.Mapping.IDENTITY;
  }

  // What is said.

  /** A refusal of a link that may be reversed: there must be diverged records, and nothing else. */
  void requireDivergence(OnDivergence choice, ReverseReport report) {
    boolean diverged = report.diverged().values().stream().anyMatch(count -> count > 0);
    if (choice != OnDivergence.REFUSE || report.refusals().size() != 1 || !diverged) {
      throw new Violation("with %s it is refused: %s".formatted(choice, report.refusals()));
    }
    for (int i = 0; i < world.topic().partitions(); i++) {
      long least = report.diverged().getOrDefault(SourceTopic.partition(i), 0L);
      if (least > neverCopied(i, 0, Long.MAX_VALUE)) {
        throw new Violation(
            "source %d has %d records that were never copied, not %d"
                .formatted(i, neverCopied(i, 0, Long.MAX_VALUE), least));
      }
    }
  }

  /**
   * RESEND may be refused if the source has removed records that the target has behind the saved
   * progress: it needs them to go on.
   */
  boolean mayRefuseToResend() {
    return world.owners().saved().values().stream().anyMatch(this::isRemoved);
  }

  private boolean isRemoved(Progress progress) {
    TopicPartition partition = progress.source().partition();
    Seam seam = seams.get(partition.partition());
    return seam != null
        && seam.heldRecords() > 0
        && progress.sourceNext() < world.source().startOffset(partition);
  }

  /** Only a link that changes places of records is refused otherwise. */
  void requireNothing(ReverseReport report) {
    if (mayReverse()) {
      throw new Violation("it is refused: " + report.refusals());
    }
    requireNothingCopied();
  }

  /** Checks where the histories part. */
  void seeded(OnDivergence choice, Seed seed, ReverseReport report) {
    if (!seed.header().map(SeedHeader::isDone).orElse(false)) {
      throw new Violation("%s, and this is stored: %s".formatted(report, seed));
    }
    for (int i = 0; i < world.topic().partitions(); i++) {
      SeededPartition seeded = seed.partitions().get(SourceTopic.partition(i));
      if (seeded == null) {
        throw new Violation("nothing is stored of source %d: %s".formatted(i, seed));
      }
      check(i, seeded, choice);
      requireEqual(
          i,
          "diverged",
          report.diverged().getOrDefault(SourceTopic.partition(i), 0L),
          seeded.diverged());
      requireEqual(
          i, "resent", report.resent().getOrDefault(SourceTopic.partition(i), 0L), seeded.resent());
    }
  }

  private void check(int partition, SeededPartition seeded, OnDivergence choice) {
    long seam = targetSeam(partition);
    requireEqual(partition, "target seam", Math.max(0, seeded.targetSeam()), seam);
    requireEqual(
        partition, "never copied before", 0, neverCopied(partition, 0, seeded.sourceSeam()));
    long behind = neverCopied(partition, seeded.sourceSeam(), seeded.sourceEnd());
    long there = copied(partition, seeded.sourceSeam(), seeded.sourceEnd());
    requireEqual(partition, "never copied behind", seeded.diverged(), behind);
    requireEqual(partition, "copied behind", seeded.resent(), there);
    requireEqual(
        partition,
        "copied behind the end",
        0,
        copied(partition, seeded.sourceEnd(), Long.MAX_VALUE));
    if (choice == OnDivergence.RESEND ? seeded.diverged() > 0 : seeded.resent() > 0) {
      throw new Violation("source %d with %s: %s".formatted(partition, choice, seeded));
    }
    if (choice == OnDivergence.REFUSE && seeded.diverged() > 0) {
      throw new Violation("source %d has diverged: %s".formatted(partition, seeded));
    }
  }

  private static void requireEqual(int source, String what, long found, long wanted) {
    if (found != wanted) {
      throw new Violation("source %d, %s: %d, not %d".formatted(source, what, found, wanted));
    }
  }

  private long targetSeam(int partition) {
    Seam seam = seams.get(partition);
    return seam == null ? 0 : seam.targets().values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many records the source has in these offsets that the target does not have. */
  private long neverCopied(int partition, long from, long to) {
    return count(partition, from, to, false);
  }

  private long copied(int partition, long from, long to) {
    return count(partition, from, to, true);
  }

  private long count(int partition, long from, long to, boolean there) {
    SourceTruth source = world.topic().truth(partition);
    RouteTruth target = world.target().route(partition, partition);
    long start = world.source().startOffset(SourceTopic.partition(partition));
    long count = 0;
    for (long serial = 0; serial < source.size(); serial++) {
      long offset = source.offset(serial);
      if (offset >= Math.max(from, start) && offset < to && target.holds(serial) == there) {
        count++;
      }
    }
    return count;
  }

  // What is copied.

  void requireNothingCopied() {
    for (int i = 0; i < world.topic().partitions(); i++) {
      requireUntouched(i);
      if (!others(i).isEmpty()) {
        throw new Violation("source %d has got %s".formatted(i, others(i)));
      }
    }
  }

  /** All that was written behind the seams is in the old source, and nothing else is. */
  void copied() {
    for (int i = 0; i < world.topic().partitions(); i++) {
      requireUntouched(i);
      List<String> wanted = behind(i).stream().map(TargetCopy::text).toList();
      List<String> found = others(i).stream().map(TargetCopy::text).toList();
      if (!found.equals(wanted)) {
        throw new Violation(
            "source %d has got %s from the new primary, not %s, behind target offset %d"
                .formatted(i, found, wanted, targetSeam(i)));
      }
    }
  }

  /** The records of the new primary that the reverse link must copy. */
  private List<ReplicationRecord> behind(int partition) {
    return copy.records(partition).stream()
        .filter(record -> record.offset() >= targetSeam(partition))
        .filter(ReversalTruth::isForeign)
        .toList();
  }

  private static boolean isForeign(ReplicationRecord record) {
    return TargetCopy.text(record).startsWith(TargetTruth.FOREIGN);
  }

  /** The records of the old source that came from the new primary. */
  private List<ReplicationRecord> others(int partition) {
    return world.source().records(SourceTopic.partition(partition)).stream()
        .filter(ReversalTruth::isForeign)
        .toList();
  }

  /** The source's own records are where they were. */
  private void requireUntouched(int partition) {
    SourceTruth truth = world.topic().truth(partition);
    long start = world.source().startOffset(SourceTopic.partition(partition));
    int next = truth.firstFrom(start);
    for (ReplicationRecord record : world.source().records(SourceTopic.partition(partition))) {
      if (!isForeign(record)) {
        String wanted = next < truth.size() ? partition + ":" + next : "none";
        if (!TargetCopy.text(record).equals(wanted) || truth.offset(next) != record.offset()) {
          throw new Violation(
              "source %d has %s at offset %d, not %s"
                  .formatted(partition, TargetCopy.text(record), record.offset(), wanted));
        }
        next++;
      }
    }
    if (next != truth.size()) {
      throw new Violation("source %d has lost serial %d".formatted(partition, next));
    }
  }

  // Translation.

  /** A record that is in both clusters. */
  private record Pair(long target, long source) {}

  /** Translates offsets of the new primary by what is stored of the reverse link. */
  void translations(Collection<MapChunk> chunks) {
    Offsets offsets =
        new TranslatedOffsets(
            OffsetTranslator.exact(), OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, chunks).history());
    for (int i = 0; i < world.topic().partitions(); i++) {
      if (seams.containsKey(i)) {
        translations(i, offsets);
      }
    }
  }

  private void translations(int partition, Offsets offsets) {
    List<Pair> pairs = pairs(partition);
    TopicPartition name = SourceTopic.partition(partition);
    long start = world.source().startOffset(name);
    long reached = pairs.isEmpty() ? 0 : pairs.get(pairs.size() - 1).target() + 1;
    int next = 0;
    for (long asked = copy.model(partition).start(); asked < reached; asked++) {
      while (pairs.get(next).target() < asked) {
        next++;
      }
      int left = next;
      while (left < pairs.size() && pairs.get(left).source() < start) {
        left++; // the old source may not have had it any more when both logs were compared
      }
      Translation answer = offsets.toTargets(name, asked).get(name);
      long before = next == 0 ? -1 : pairs.get(next - 1).source();
      long most = left < pairs.size() ? pairs.get(left).source() : Long.MAX_VALUE;
      boolean known = left == next && asked == pairs.get(next).target();
      if (!isRight(answer, known ? most - 1 : before, most, left == next)) {
        throw new Violation(
            "partition %d: offset %d of the new primary is answered by %s; the record before is at %d, the next one is %s"
                .formatted(partition, asked, answer, before, pairs.get(next)));
      }
    }
  }

  private static boolean isRight(
      @Nullable Translation answer, long before, long most, boolean known) {
    if (answer instanceof Translation.Exact exact) {
      return exact.offset() > before && exact.offset() <= most;
    }
    return answer instanceof Translation.AtLeast least ? least.offset() <= most : !known;
  }

  /** The records that both clusters have and the reverse link knows of, in order. */
  private List<Pair> pairs(int partition) {
    List<Pair> pairs = new ArrayList<>();
    SourceTruth truth = world.topic().truth(partition);
    RouteTruth there = world.target().route(partition, partition);
    for (int i = 0; i < there.count() && there.target(i) < targetSeam(partition); i++) {
      pairs.add(new Pair(there.target(i), truth.offset(there.serial(i))));
    }
    Map<String, Long> behind = new HashMap<>();
    others(partition).forEach(record -> behind.put(TargetCopy.text(record), record.offset()));
    for (ReplicationRecord record : behind(partition)) {
      Long source = behind.get(TargetCopy.text(record));
      if (source != null) {
        pairs.add(new Pair(record.offset(), source));
      }
    }
    return pairs;
  }
}
