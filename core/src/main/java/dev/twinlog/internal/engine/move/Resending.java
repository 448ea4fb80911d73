package dev.twinlog.internal.engine.move;

import dev.twinlog.MoveProgress;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.ReverseOptions;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.offsets.MapRuns;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Resend;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SkippedOffsets.Range;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Copies what the source of a moved link has and was never copied, before the link is turned round:
 * the moved link itself runs on, from where its copy has ended, so each record is copied once, also
 * if a call dies. Where the two histories part in the target stays as it was, and is stored with
 * the begin; so the reverse link knows by the offset map what in the target are these copies. Used
 * once, by one thread.
 */
final class Resending {
  private static final Duration SAVE = Duration.ofSeconds(60);

  private final Reverse.Parts parts;
  private final MovedLink moved;
  private final ReverseOptions options;

  Resending(Reverse.Parts parts, MovedLink moved, ReverseOptions options) {
    this.parts = parts;
    this.moved = moved;
    this.options = options;
  }

  /**
   * Begins it, or goes on with it, and ends it.
   *
   * @param plan what was found
   * @return the moved link as it is stored then
   * @throws RetriableException if it was not finished: call it again
   */
  MovedLink run(ReversePlan plan) {
    try {
      Resend begun = moved.resend().header().isPresent() ? moved.resend() : begin(plan);
      if (begun.isUnderWay()) {
        copy(begun);
        end(begun);
      }
    } catch (FencedException e) {
      throw Reverse.byAnother(parts.link(), e);
    }
    return MovedLink.read(parts.target(), parts.link());
  }

  /** All partitions of the topics of which records were never copied. */
  private Resend begin(ReversePlan plan) {
    Set<String> topics = new TreeSet<>();
    plan.partitions()
        .forEach(
            (partition, seam) -> {
              if (seam.diverged() > 0) {
                topics.add(partition.topic());
              }
            });
    Map<TopicPartition, SeededPartition> partitions = new HashMap<>(plan.partitions());
    partitions.keySet().removeIf(partition -> !topics.contains(partition.topic()));
    SeedHeader header =
        new SeedHeader(
            UUID.randomUUID(),
            moved.move().map(MoveHeader::id).orElseThrow(),
            parts.link(),
            options.actor(),
            parts.time().clock().millis(),
            SeedHeader.NOT_YET);
    Resend begun = new Resend(Optional.of(header), partitions);
    save(begun);
    return begun;
  }

  private void copy(Resend begun) {
    long all = begun.partitions().values().stream().mapToLong(SeededPartition::diverged).sum();
    Map<String, String> topics = new TreeMap<>(moved.topics());
    topics
        .keySet()
        .removeIf(
            topic ->
                begun.partitions().keySet().stream().noneMatch(one -> one.topic().equals(topic)));
    tell(0, all);
    parts.resender().copy(begun.header().orElseThrow().move(), topics, copied -> tell(copied, all));
  }

  /** Keeps where the copy has ended now, and how much was copied. */
  private void end(Resend begun) {
    MovedLink now = MovedLink.read(parts.target(), parts.link());
    Map<TopicPartition, Progress> progress = new HashMap<>();
    now.saved().progress().values().forEach(one -> progress.put(one.source().partition(), one));
    Map<Route, CopiedRoute> maps = new HashMap<>();
    OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, now.saved().chunks())
        .copied()
        .forEach(route -> maps.put(route.route(), route));
    Map<TopicPartition, SeededPartition> resent = new HashMap<>();
    begun
        .partitions()
        .forEach(
            (partition, seam) ->
                resent.put(partition, resent(partition, seam, progress.get(partition), maps)));
    SeedHeader done = begun.header().orElseThrow().done(parts.time().clock().millis());
    save(new Resend(Optional.of(done), resent));
    long all = resent.values().stream().mapToLong(SeededPartition::resent).sum();
    tell(all, all);
  }

  private SeededPartition resent(
      TopicPartition partition,
      SeededPartition seam,
      @Nullable Progress progress,
      Map<Route, CopiedRoute> maps) {
    if (progress == null && seam.diverged() == 0) {
      return seam; // it is empty
    }
    if (progress == null || !progress.clean() || progress.sourceNext() < seam.sourceEnd()) {
      throw new RetriableException(
          "%s was not copied up to its end at %d, but to %s: call reverse again"
              .formatted(partition, seam.sourceEnd(), progress));
    }
    CopiedRoute route = maps.get(new Route(partition, seam.target()));
    return new SeededPartition(
        seam.target(),
        seam.sourceSeam(),
        progress.sourceNext(),
        seam.targetSeam(),
        seam.held(),
        0,
        route == null ? 0 : countFrom(partition, seam.sourceSeam(), route));
  }

  /** How many records from this source offset on are in the target, each at a known offset. */
  private long countFrom(TopicPartition partition, long sourceSeam, CopiedRoute route) {
    long count = 0;
    MapRuns runs = route.runs();
    while (runs.next()) {
      long from = Math.max(sourceSeam, runs.source());
      long next = runs.source() + runs.count();
      if (from < next && !runs.isMapped()) {
        throw new LinkFailedException(
            "the offset map of %s has no single offsets of what was copied from %d on, so its copies can't be told from other records: delete its topic from %s, and let it be copied whole, by copyAll"
                .formatted(partition, sourceSeam, parts.source().alias()));
      }
      count += Math.max(0, next - from);
    }
    return count;
  }

  /**
   * The offsets behind the seam in the target that are copies: the reverse link leaves them out.
   */
  static SkippedOffsets copies(SeededPartition seam, CopiedRoute route) {
    List<Range> ranges = new ArrayList<>();
    MapRuns runs = route.runs();
    while (runs.next()) {
      long from = Math.max(seam.targetSeam(), runs.target());
      if (runs.isMapped() && from < runs.targetNext()) {
        ranges.add(new Range(from, runs.targetNext()));
      }
    }
    return SkippedOffsets.of(ranges);
  }

  private void save(Resend resend) {
    moved.change(
        parts.target(),
        (store, entries, found) ->
            new Deadline(parts.time(), SAVE)
                .await(entries.saveEntries(ReverseEntries.of(resend)), "saving the reversal"));
  }

  private void tell(long done, long of) {
    options.onProgress().accept(new MoveProgress(Phase.RESENT, done, of));
  }
}
