package dev.twinlog.testkit.simulator;

import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.OnDivergence;
import dev.twinlog.ReverseOptions;
import dev.twinlog.ReverseReport;
import dev.twinlog.internal.engine.move.Reverse;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Seed;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.StoredEntry;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Turns the link of a scenario round after it was moved: the old source is back, mostly with
 * records that were never copied, and processes reverse the link, of which some die on the way.
 * Then the reverse link copies what is written to the new primary. It draws from a random of its
 * own, and comes last, so that all else in a seed is the same without it.
 *
 * <p>Scenarios in which a cluster loses what it has acknowledged are left out, except that the old
 * source may remove records by retention.
 */
final class Reversal {
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000 * MILLI;
  private static final int OWNER_MS = 50;
  private static final int ATTEMPTS = 12;

  /** The attempts from this one on meet nothing. */
  private static final int QUIET = 6;

  private static final int MOST_NEW = 12;
  private static final int MOST_SECONDS = 300;

  private final World world;
  private final Disturbances disturbances;
  private final Random random;
  private final TargetCopy copy;
  private final LinksInto forward;
  private final LinksInto back;
  private final ReversalLinks links;
  private final ReversalTruth truth;
  private int mortals;

  /**
   * Sets the stage.
   *
   * @param random decides all about reversals
   */
  Reversal(
      World world,
      Instances instances,
      Disturbances disturbances,
      Supplier<InstanceParts> parts,
      MoveTruth moved,
      Random random) {
    this.world = world;
    this.disturbances = disturbances;
    this.random = random;
    this.copy = new TargetCopy(world);
    LinkDescription description =
        new LinkDescription(
                Instance.LINK,
                world.source().id(),
                TargetCopy.ID,
                Map.of(SourceTopic.NAME, SourceTopic.NAME))
            .moved(moved.header().map(MoveHeader::id));
    this.forward = new LinksInto(TargetCopy.ID, world.owners(), Optional.of(description));
    OwnerTopic owners =
        new OwnerTopic(world.agenda(), random, OWNER_MS, new Traced(world.trace()), true);
    this.back = new LinksInto(world.source().id(), owners, Optional.empty());
    this.links =
        new ReversalLinks(world, instances::letTimePass, parts, moved, random, copy, forward, back);
    this.truth = new ReversalTruth(world, copy, moved.seams());
    this.mortals = random.nextInt(4);
  }

  private record Traced(Trace trace) implements OwnerTopic.Watcher {
    @Override
    public void progress(Collection<Progress> saved) {
      trace.line(() -> "the reverse link has saved " + saved);
    }

    @Override
    public void entries(Collection<StoredEntry> saved) {
      trace.line(() -> "the reverse link has saved " + saved);
    }
  }

  /** Plays it, and judges it. */
  void run() {
    write(MOST_NEW);
    if (random.nextInt(3) > 0) {
      diverge();
    }
    if (random.nextInt(5) == 0) {
      retain();
    }
    List<OnDivergence> choices = List.of(OnDivergence.values());
    OnDivergence choice = choices.get(random.nextInt(choices.size()));
    if (random.nextInt(4) == 0) {
      dryRun(options(choice));
    }
    ReverseReport report = reverse(options(choice));
    if (report.outcome() == Outcome.REFUSED && truth.mayReverse()) {
      boolean removed = truth.mayRefuseToResend();
      if (choice != OnDivergence.RESEND || !removed) {
        truth.requireDivergence(choice, report);
      }
      choice = removed || random.nextBoolean() ? OnDivergence.KEEP : OnDivergence.RESEND;
      report = reverse(options(choice));
    }
    if (report.outcome() == Outcome.REFUSED) {
      truth.requireNothing(report);
      return;
    }
    truth.seeded(choice, seed(), report);
    truth.translations(back.state().chunks());
    copyBack();
    truth.copied();
    truth.translations(back.state().chunks());
    repeat(options(choice), report);
  }

  private static ReverseOptions options(OnDivergence choice) {
    return ReverseOptions.defaults().onDivergence(choice);
  }

  // What happens to the clusters.

  /** The new primary gets some records. */
  private void write(int most) {
    for (int left = random.nextInt(most); left > 0; left--) {
      disturbances.write(copy.model(random.nextInt(copy.partitions())));
    }
  }

  /** The old source gets records that no link copies. */
  private void diverge() {
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      disturbances.produce();
    }
  }

  /** The old source removes old records. */
  private void retain() {
    TopicPartition some = SourceTopic.partition(random.nextInt(world.topic().partitions()));
    long start = world.source().startOffset(some);
    long end = world.source().endOffset(some);
    if (start < end) {
      long to = start + 1 + random.nextLong(end - start);
      say("%s begins at %d".formatted(some, to));
      world.topic().truth(some.partition()).lost(start, to);
      world.source().truncateBefore(some, to);
    }
  }

  /** What may happen while a process waits. */
  private void meanwhile() {
    switch (random.nextInt(60)) {
      case 0 -> disturbances.produce();
      case 1, 2 -> write(3);
      case 3 -> world.kafka().breakConnection();
      case 4 -> world.kafka().moveCoordinator();
      case 5 -> unavailable();
      case 6 -> losing(random.nextBoolean() ? world.owners() : back.state());
      default -> {
        // nothing
      }
    }
  }

  private void unavailable() {
    world.source().unavailable(true);
    world.agenda().after(random.nextInt(5_000) * MILLI, () -> world.source().unavailable(false));
  }

  private void losing(OwnerTopic owners) {
    owners.losing(30);
    world.agenda().after(random.nextInt(10) * SECOND, () -> owners.losing(0));
  }

  private void heal() {
    world.source().unavailable(false);
    world.owners().losing(0);
    back.state().losing(0);
    world.kafka().heal();
  }

  // Reversing.

  private void dryRun(ReverseOptions options) {
    List<Object> before = stored();
    Reverse.Result would = links.reverse(options.dryRun(), () -> {}, () -> false);
    say("a dry run: %s".formatted(would.report()));
    requireUnchanged(before, "a dry run");
  }

  private List<Object> stored() {
    return List.of(forward.stored(), back.stored());
  }

  private void requireUnchanged(List<Object> before, String by) {
    if (!stored().equals(before)) {
      throw new Violation("%s has changed %s to %s".formatted(by, before, stored()));
    }
  }

  /** Reverses it, as often as it takes. */
  private ReverseReport reverse(ReverseOptions options) {
    Exception last = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      boolean quiet = i >= QUIET;
      if (quiet) {
        heal();
      }
      boolean mortal = !quiet && mortals-- > 0;
      int[] lives = {mortal ? 1 + random.nextInt(25) : Integer.MAX_VALUE};
      BooleanSupplier dies = () -> --lives[0] <= 0;
      List<Object> before = stored();
      say("the link is reversed with " + options.onDivergence() + (mortal ? ", mortal" : ""));
      try {
        Reverse.Result result = links.reverse(options, quiet ? () -> {} : this::meanwhile, dies);
        say("%s %s".formatted(result.report().outcome(), result.report()));
        if (result.report().outcome() == Outcome.REFUSED) {
          requireUnchanged(before, "a refused reversal");
        }
        return result.report();
      } catch (OtherProcess.Killed e) {
        say("its process was killed");
        if (random.nextInt(3) == 0) {
          startTooEarly();
        }
      } catch (RetriableException e) {
        say("it was not finished: " + e.getMessage());
        last = e;
      } catch (ReplicationException e) {
        throw new Violation("the reversal has failed: " + e);
      }
      links.run(random.nextInt(3_000) * MILLI);
    }
    throw new Violation("the link can't be reversed: " + last);
  }

  /** The reverse link is started before it may. */
  private void startTooEarly() {
    if (seed().header().map(SeedHeader::isDone).orElse(false)) {
      return;
    }
    say("the reverse link is started, which is not seeded");
    SteppedLink early = links.startBack();
    links.run(5 * SECOND);
    links.end(early);
    truth.requireNothingCopied();
  }

  private Seed seed() {
    return ReverseEntries.seed(back.state().entries());
  }

  /** A caller that repeats it gets the same. */
  private void repeat(ReverseOptions options, ReverseReport first) {
    heal();
    ReverseReport again = links.reverse(options, () -> {}, () -> false).report();
    if (!again.repeated()
        || !again.id().equals(first.id())
        || !again.diverged().equals(first.diverged())
        || !again.resent().equals(first.resent())) {
      throw new Violation("the reversal says %s, and then %s".formatted(first, again));
    }
  }

  // The reverse link.

  private void copyBack() {
    for (int crashes = random.nextInt(3); crashes > 0; crashes--) {
      SteppedLink link = links.startBack();
      for (int turns = random.nextInt(40); turns > 0; turns--) {
        meanwhile();
        links.run((1 + random.nextInt(100)) * MILLI);
      }
      if (random.nextInt(3) > 0) {
        say("the reverse link crashes");
        links.crash(link);
      } else {
        say("the reverse link is closed");
        links.end(link);
      }
    }
    write(MOST_NEW);
    heal();
    links.run(SECOND); // all is replicated
    SteppedLink link = links.startBack();
    CompletableFuture<Void> done = link.engine().whenCaughtUp();
    for (int left = MOST_SECONDS; left > 0 && !done.isDone(); left--) {
      links.run(SECOND);
    }
    if (!done.isDone() || done.isCompletedExceptionally()) {
      throw new Violation(
          "the reverse link does not catch up: %s (%s) %s"
              .formatted(
                  link.engine().state(), link.engine().reason(), link.engine().partitions()));
    }
    links.end(link);
  }

  private void say(String what) {
    world.trace().line(() -> "-- " + what);
  }
}
