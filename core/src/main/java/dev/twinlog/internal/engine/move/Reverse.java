package dev.twinlog.internal.engine.move;

import dev.twinlog.Divergence;
import dev.twinlog.MoveProgress;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OffsetRange;
import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.sync.GroupBaseline;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.ReverseEntries.Range;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.internal.progress.SeededPartition;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.TopicMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a moved link round: gives the link in the other direction a state by which it continues
 * where the histories of the two clusters part, and copies nothing again. What was done is saved,
 * so that anybody can finish it after a crash. Not thread-safe.
 */
public final class Reverse {
  private static final String SUFFIX = "-back";

  /**
   * What it works with.
   *
   * @param link the moved link
   * @param source the cluster that it has read
   * @param target the cluster that it has written
   * @param resender for {@link OnDivergence#RESEND}
   */
  public record Parts(String link, Side source, Side target, LinkTime time, Resender resender) {}

  /** Lets the moved link copy what is left at its source. */
  public interface Resender {
    /** Into which partitions it copies. */
    PartitionMapper mapper();

    /** Whether a transform would change or drop what it copies. */
    boolean transforms();

    /**
     * Copies all that the source has now, and saves that cleanly.
     *
     * @param move by which the link was moved
     * @param topics target topics by source topic
     * @param copied told how many records are copied so far
     * @throws RetriableException if that was not finished
     */
    void copy(UUID move, Map<String, String> topics, LongConsumer copied);

    /** One that copies nothing: a replicator of the link is asked to reverse it with RESEND. */
    static Resender none() {
      return new NoResender();
    }
  }

  private static final class NoResender implements Resender {
    @Override
    public PartitionMapper mapper() {
      return PartitionMapper.identity();
    }

    @Override
    public boolean transforms() {
      return false;
    }

    @Override
    public void copy(UUID move, Map<String, String> topics, LongConsumer copied) {
      throw new IllegalStateException("a replicator of the link does that");
    }
  }

  /**
   * The reverse link.
   *
   * @param topics what it reads
   */
  public record Opposite(String link, Set<String> topics, TopicMapper mapper) {
    public Opposite {
      topics = Set.copyOf(topics);
    }
  }

  /**
   * What has become of it.
   *
   * @param opposite the link to start; empty unless it is ready
   */
  public record Result(ReverseReport report, Optional<Opposite> opposite) {}

  private static final Logger LOG = LoggerFactory.getLogger(Reverse.class);

  private final Parts parts;
  private final ReverseOptions options;

  public Reverse(Parts parts, ReverseOptions options) {
    this.parts = parts;
    this.options = options;
  }

  /**
   * The target topics of a link by source topic, as they are stored.
   *
   * @throws LinkFailedException if there is no such link
   */
  public static Map<String, String> topics(Parts parts) {
    return MovedLink.read(parts.target(), parts.link()).topics();
  }

  /**
   * Finds what the source has that was never copied; changes nothing.
   *
   * @throws LinkFailedException if there is no such link, or it was not moved
   */
  public Divergence divergence() {
    MovedLink moved = MovedLink.read(parts.target(), parts.link());
    ReversePlan.notMoved(moved)
        .ifPresent(
            why -> {
              throw new LinkFailedException(why);
            });
    ReversePlan.otherCluster(moved, parts.source())
        .ifPresent(
            why -> {
              throw new LinkFailedException(why);
            });
    Optional<Seed> seed =
        moved.reversal().flatMap(reversal -> seed(reversal.link(), moved.move().orElseThrow()));
    Map<TopicPartition, PartedLog> logs =
        new PartedLogs(parts.source(), parts.target(), moved, known(moved, seed), topic -> false)
            .find();
    Map<String, Map<TopicPartition, OffsetRange>> unread =
        seed.isPresent() ? ranges(seed.get().unread()) : unread(logs, baseline(logs.keySet()));
    return new FoundDivergence(parts.link(), logs, unread, parts.source().logs());
  }

  /**
   * Does it, or says what it would do.
   *
   * @throws LinkFailedException if there is no such link
   * @throws dev.twinlog.spi.RetriableException if it was not finished; call it again
   */
  public Result run() {
    try {
      return runOnce();
    } catch (FencedException e) {
      throw byAnother(parts.link(), e);
    }
  }

  /** Another call has taken over what this one was saving. */
  static RetriableException byAnother(String link, FencedException cause) {
    return new RetriableException(
        "another call reverses link %s at the same time: call it again".formatted(link), cause);
  }

  private Result runOnce() {
    MovedLink moved = MovedLink.read(parts.target(), parts.link());
    Optional<Reversal> reversal = moved.reversal();
    if (reversal.isPresent()) {
      return reversed(moved, reversal.get());
    }
    String name = options.link().orElseGet(() -> defaultName(moved));
    Optional<Seed> seed = moved.move().flatMap(move -> seed(name, move));
    if (seed.flatMap(Seed::header).map(SeedHeader::isDone).orElse(false)) {
      return options.isDryRun()
          ? dryRun(name, seed.get().header().orElseThrow(), seed.get(), List.of())
          : finish(moved, name, seed.get(), List.of(), seeded -> seeded);
    }
    ReversePlan plan = new ReversePlan(parts, options, moved, name, seed);
    plan.find();
    if (!plan.refusals().isEmpty()) {
      return refused(moved, name, plan.partitions(), plan.refusals());
    }
    if (options.isDryRun()) {
      return dryRun(moved, name, plan);
    }
    tell(Phase.ANALYSED, plan.logs().size(), plan.logs().size());
    if (plan.resends()) {
      MovedLink resent = new Resending(parts, moved, options).run(plan);
      ReversePlan behind = new ReversePlan(parts, options, resent, name, seed);
      behind.find();
      if (!behind.refusals().isEmpty()) {
        throw new RetriableException(
            "what was never copied is copied now, but link %s can't be reversed yet: %s"
                .formatted(moved.link(), String.join("; ", behind.refusals())));
      }
      return seed(resent, name, behind, seed);
    }
    return seed(moved, name, plan, seed);
  }

  private Result dryRun(MovedLink moved, String name, ReversePlan plan) {
    boolean resends = options.onDivergence() == OnDivergence.RESEND;
    GroupBaseline baseline = baseline(plan.logs().keySet());
    SeedHeader header = header(moved).done(parts.time().clock().millis());
    Map<TopicPartition, SeededPartition> partitions = new HashMap<>(plan.partitions());
    if (resends) {
      partitions.replaceAll((partition, seam) -> wouldResend(seam));
    }
    Seed would =
        new Seed(
            Optional.of(header),
            partitions,
            resends ? Map.of() : stored(unread(plan.logs(), baseline)));
    return dryRun(name, header, would, baseline.unread());
  }

  private static SeededPartition wouldResend(SeededPartition seam) {
    return new SeededPartition(
        seam.target(),
        seam.sourceSeam(),
        seam.sourceEnd(),
        seam.targetSeam(),
        seam.held(),
        0,
        seam.resent() + seam.diverged());
  }

  /** Gives the reverse link its state. */
  private Result seed(MovedLink moved, String name, ReversePlan plan, Optional<Seed> seed) {
    GroupBaseline baseline = baseline(plan.logs().keySet());
    Map<String, Map<TopicPartition, OffsetRange>> unread = unread(plan.logs(), baseline);
    List<String> todo = new ArrayList<>(baseline.unread());
    SeedHeader begun = seed.flatMap(Seed::header).orElseGet(() -> header(moved));
    try (Seeding seeding = new Seeding(parts, moved, name, options)) {
      Seed seeded = seeding.run(begun, plan, baseline, stored(unread));
      todo.addAll(seeding.notes());
      return finish(moved, name, seeded, todo, seeding::complete);
    }
  }

  /**
   * Does it, and returns the link to start.
   *
   * @throws IllegalArgumentException for a dry run
   * @throws ReplicationException if it is refused, with all reasons
   */
  public Opposite opposite() {
    if (options.isDryRun()) {
      throw new IllegalArgumentException(
          "a dry run has no link to start: call reversal(), which changes nothing");
    }
    Result result = run();
    for (String left : result.report().todo()) {
      LOG.warn("link {}: left to do after its reversal: {}", parts.link(), left);
    }
    return result
        .opposite()
        .orElseThrow(
            () ->
                new ReplicationException(
                    "link %s can't be reversed, and nothing was changed: %s"
                        .formatted(parts.link(), String.join("; ", result.report().refusals()))));
  }

  private Result dryRun(String name, SeedHeader header, Seed would, List<String> todo) {
    return new Result(
        new SeedReport(
            facts(name, header, would.partitions(), ranges(would.unread()), false),
            Outcome.DRY_RUN,
            List.of(),
            todo),
        Optional.empty());
  }

  private static String defaultName(MovedLink moved) {
    return moved.seed().header().map(SeedHeader::forward).orElse(moved.link() + SUFFIX);
  }

  private SeedHeader header(MovedLink moved) {
    return new SeedHeader(
        UUID.randomUUID(),
        moved.move().map(MoveHeader::id).orElseGet(UUID::randomUUID),
        moved.link(),
        options.actor(),
        parts.time().clock().millis(),
        SeedHeader.NOT_YET);
  }

  /** What is stored of the seams: they are not looked for again. */
  static Map<TopicPartition, SeededPartition> known(MovedLink moved, Optional<Seed> seed) {
    Map<TopicPartition, SeededPartition> known = new HashMap<>(moved.resend().partitions());
    seed.ifPresent(it -> known.putAll(it.partitions()));
    return known;
  }

  /** What is stored of the seed of this link for this move. */
  private Optional<Seed> seed(String name, MoveHeader move) {
    return MovedLink.find(parts.source(), name)
        .map(MovedLink::seed)
        .filter(seed -> seed.header().map(header -> header.move().equals(move.id())).orElse(false));
  }

  private GroupBaseline baseline(Set<TopicPartition> partitions) {
    return parts
        .source()
        .groups()
        .map(groups -> GroupBaseline.read(groups, partitions))
        .orElse(GroupBaseline.NONE);
  }

  private static Map<String, Map<TopicPartition, OffsetRange>> unread(
      Map<TopicPartition, PartedLog> logs, GroupBaseline baseline) {
    Map<String, Map<TopicPartition, OffsetRange>> unread = new TreeMap<>();
    baseline
        .positions()
        .forEach(
            (group, positions) -> {
              Map<TopicPartition, OffsetRange> own = new TreeMap<>(StoredMove.BY_NAME);
              positions.forEach(
                  (partition, position) -> {
                    PartedLog log = logs.get(partition);
                    if (log != null && log.seam().diverged() > 0) {
                      long from = Math.max(log.seam().sourceSeam(), position.offset());
                      if (from < log.seam().sourceEnd()) {
                        own.put(partition, OffsetRange.of(from, log.seam().sourceEnd()));
                      }
                    }
                  });
              if (!own.isEmpty()) {
                unread.put(group, Collections.unmodifiableMap(own));
              }
            });
    return Collections.unmodifiableMap(unread);
  }

  private static Map<String, Map<TopicPartition, Range>> stored(
      Map<String, Map<TopicPartition, OffsetRange>> unread) {
    Map<String, Map<TopicPartition, Range>> all = new HashMap<>();
    unread.forEach(
        (group, ranges) -> {
          Map<TopicPartition, Range> own = new HashMap<>();
          ranges.forEach(
              (partition, range) -> own.put(partition, new Range(range.from(), range.to())));
          all.put(group, own);
        });
    return all;
  }

  private static Map<String, Map<TopicPartition, OffsetRange>> ranges(
      Map<String, Map<TopicPartition, Range>> unread) {
    Map<String, Map<TopicPartition, OffsetRange>> all = new TreeMap<>();
    unread.forEach(
        (group, ranges) -> {
          Map<TopicPartition, OffsetRange> own = new TreeMap<>(StoredMove.BY_NAME);
          ranges.forEach(
              (partition, range) -> own.put(partition, OffsetRange.of(range.from(), range.to())));
          all.put(group, Collections.unmodifiableMap(own));
        });
    return Collections.unmodifiableMap(all);
  }

  private SeedReport.Facts facts(
      String name,
      SeedHeader header,
      Map<TopicPartition, SeededPartition> partitions,
      Map<String, Map<TopicPartition, OffsetRange>> unread,
      boolean repeated) {
    return new SeedReport.Facts(
        parts.link(), name, header, partitions, unread, repeated, parts.time().clock().millis());
  }

  private Result refused(
      MovedLink moved,
      String name,
      Map<TopicPartition, SeededPartition> partitions,
      List<String> refusals) {
    SeedHeader header = header(moved).done(parts.time().clock().millis());
    return new Result(
        new SeedReport(
            facts(name, header, partitions, Map.of(), false), Outcome.REFUSED, refusals, List.of()),
        Optional.empty());
  }

  /** It was reversed by an earlier call. */
  private Result reversed(MovedLink moved, Reversal reversal) {
    if (options.link().filter(name -> !name.equals(reversal.link())).isPresent()) {
      return refused(
          moved,
          options.link().get(),
          Map.of(),
          List.of(
              "link %s was reversed already, by link %s".formatted(moved.link(), reversal.link())));
    }
    Seed seed =
        seed(reversal.link(), moved.move().orElseThrow())
            .orElseThrow(
                () ->
                    new LinkFailedException(
                        "link %s was reversed by link %s, but that one has no such state in %s: it has been reversed itself since, and then %s is done with; or that is not the cluster that link %s has read"
                            .formatted(
                                moved.link(),
                                reversal.link(),
                                parts.source().alias(),
                                moved.link(),
                                moved.link())));
    List<String> left = new ArrayList<>();
    if (!options.isDryRun()) {
      allowWriters(moved).ifPresent(left::add);
      if (!seed.header().map(SeedHeader::isDone).orElse(false)) {
        try (Seeding seeding = new Seeding(parts, moved, reversal.link(), options)) {
          seed = seeding.completeStored();
        }
      }
    }
    return new Result(
        report(seed, reversal.link(), true, left), oppositeOf(moved, reversal.link()));
  }

  private ReverseReport report(Seed seed, String name, boolean repeated, List<String> todo) {
    return SeedReport.done(
        facts(
            name, seed.header().orElseThrow(), seed.partitions(), ranges(seed.unread()), repeated),
        todo);
  }

  /** The reverse link may start: the moved one is told. */
  private Result finish(
      MovedLink moved, String name, Seed seed, List<String> todo, UnaryOperator<Seed> complete) {
    SeedHeader header = seed.header().orElseThrow();
    List<String> left = new ArrayList<>(todo);
    allowWriters(moved).ifPresent(left::add);
    Seeding.tellMoved(parts, moved, new Reversal(name, header.id(), parts.time().clock().millis()));
    Seed done = complete.apply(seed);
    tell(Phase.REVERSED, 1, 1);
    Result result = new Result(report(done, name, false, left), oppositeOf(moved, name));
    tell(Phase.DONE, 1, 1);
    return result;
  }

  /**
   * Deletes the ACLs by which a switchover has fenced the writers of the old source: the reverse
   * link writes there.
   *
   * @return what is left to do if they can't be deleted
   */
  private Optional<String> allowWriters(MovedLink moved) {
    List<MovedAcl> acls =
        MoveEntries.move(moved.saved().entries()).acls().stream()
            .filter(MovedAcl::inSource)
            .toList();
    Optional<ReplicationException> refusal =
        acls.isEmpty() ? Optional.empty() : parts.source().deleteAcls(acls);
    if (refusal.isPresent() && refusal.get() instanceof RetriableException passing) {
      throw passing;
    }
    return refusal.map(
        why ->
            "delete the ACLs by which %s refuses all writers, since they can't be deleted (%s); the first of %d: %s"
                .formatted(
                    parts.source().alias(), why.getMessage(), acls.size(), acls.get(0).entry()));
  }

  private Optional<Opposite> oppositeOf(MovedLink moved, String name) {
    Map<String, String> topics = moved.topics();
    TopicMapper mapper =
        BackMapper.of(topics, options.topicMapper())
            .orElseThrow(() -> new LinkFailedException(ReversePlan.noMapper(moved)));
    return Optional.of(new Opposite(name, new TreeSet<>(topics.values()), mapper));
  }

  private void tell(Phase phase, long done, long of) {
    options.onProgress().accept(new MoveProgress(phase, done, of));
  }
}
