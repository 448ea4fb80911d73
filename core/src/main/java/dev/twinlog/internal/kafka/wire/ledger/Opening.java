package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.LedgerState.Landmark;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.TargetRun;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The opening of one route: where the target's log ends, whether the progress still fits it, the
 * route's new identity, the fence, and what lies between the progress and the fence. Confined to
 * the ledger's thread.
 *
 * <p>The order matters. The anchor is looked at before anything of ours is written behind it. The
 * fence is asked for under an epoch that only this opening has. The log is read up to the fence,
 * and what is found there is all that former owners will ever have written.
 */
final class Opening extends Job {
  private final LedgerParts parts;
  private final Steps steps;
  private final Known known;
  private final Outcome outcome;

  private Uuid topicId = Uuid.ZERO_UUID;
  private long end;
  private boolean lost;
  private @Nullable Identity session;
  private long markedAtMs;
  private long limit;
  private long from;
  private LastPrints prints = new LastPrints();
  private final Set<String> notes = new LinkedHashSet<>();

  /**
   * What is known of the route.
   *
   * @param first whether it was never opened
   * @param clean whether nobody can still be writing it
   * @param cut empty if the state does not come from a ledger
   */
  record Known(boolean first, boolean clean, long targetNext, Optional<Cut> cut) {}

  /** Is told how it ended, once. */
  interface Outcome {
    void opened(Opening opening, Recovery recovery, Identity identity, LedgerSession session);

    void failed(Opening opening, ReplicationException cause);
  }

  Opening(Route route, Known known, LedgerParts parts, Steps steps, Outcome outcome) {
    super(route, parts.timers());
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.outcome = outcome;
  }

  @Override
  void begin() {
    lost = false;
    session = null;
    markedAtMs = LedgerSession.NEVER;
    prints = new LastPrints();
    notes.clear();
    if (!parts.settings().times().known()) {
      notes.add(Notes.MEMORY_ASSUMED);
    }
    parts.forgetCoordinator(route(), generation());
    parts.desks().ends.ask(this, this::ended);
  }

  private void ended(Leader leader, long logEnd) {
    topicId = leader.topicId();
    end = logEnd;
    limit = logEnd;
    from = logEnd;
    Optional<Landmark> anchor = known.cut().flatMap(Cut::last);
    if (isRecreated() || known.targetNext() > logEnd) {
      lost = true;
      identify(generation());
    } else if (anchor.isPresent()) {
      steps.anchor().run(this, topicId, anchor.get(), this::anchored);
    } else {
      // a missing permission to read is to be seen now, and not after the first crash
      steps.anchor().tryToRead(this, topicId, logEnd, () -> identify(generation()));
    }
  }

  private boolean isRecreated() {
    return known.cut().isPresent() && !known.cut().get().state().topicId().equals(topicId);
  }

  private int generation() {
    return known.cut().map(cut -> cut.state().generation()).orElse(0);
  }

  private void anchored(boolean intact) {
    lost = !intact;
    identify(generation());
  }

  private void identify(int generation) {
    steps.identity().run(this, generation, this::identified, () -> identify(generation + 1));
  }

  private void identified(Identity identity) {
    boolean fence = known.cut().isPresent() && parts.rules().mustFence(known.clean());
    boolean follows = known.cut().isEmpty() || follows(known.cut().get().state(), identity);
    if (!follows && identity.producerId() == known.cut().get().state().producerId()) {
      // the coordinator counts the same epochs once more: no use of them is safe
      identify(identity.generation() + 1);
    } else if (!fence) {
      settle(identity);
    } else if (follows) {
      fence(identity);
    } else {
      fenceWithoutCoordinator(identity);
    }
  }

  private boolean follows(LedgerState state, Identity identity) {
    return parts
        .rules()
        .follows(state.producerId(), state.epoch(), identity.producerId(), identity.epoch());
  }

  /** The former producer id is not the coordinator's any more. */
  private void fenceWithoutCoordinator(Identity identity) {
    long former = known.cut().orElseThrow().state().producerId();
    parts
        .desks()
        .directMarkers
        .ask(
            new DirectMarkers.Marker(
                this,
                former,
                new DirectMarkers.Told() {
                  @Override
                  public void written() {
                    fence(identity);
                  }

                  @Override
                  public void forbidden() {
                    notes.add(Notes.LEASE_ONLY);
                    awaitAlone(identity);
                  }
                }));
  }

  private void awaitAlone(Identity identity) {
    if (parts.rivals().areGone(route())) {
      fence(identity);
    } else {
      int current = attempt();
      parts
          .timers()
          .after(
              Rivals.LOOK_NANOS,
              () -> {
                if (!isOver() && attempt() == current) {
                  awaitAlone(identity);
                }
              });
    }
  }

  private void fence(Identity identity) {
    long askedMs = parts.wallMs();
    Optional<TailProof> proof = tailProof();
    // the batch before the end, which is the last one of ours as a rule, proves all before it
    long readFrom = proof.isPresent() ? end - 1 : end;
    steps
        .fence()
        .run(
            this,
            new FenceStep.Fence(
                identity,
                false,
                topicId,
                end,
                readFrom,
                new FenceStep.Watcher() {
                  @Override
                  public void visit(ByteBuffer batches, int at, int size) {
                    proof.ifPresent(
                        tail -> {
                          long first = tail.add(batches, at);
                          if (first >= 0) {
                            prints.last(at, size, first);
                          }
                        });
                  }

                  @Override
                  public void pause(ByteBuffer batches) {
                    prints.take(batches);
                  }

                  @Override
                  public void fenced(long offset) {
                    limit = offset;
                    from = offset + 1;
                    markedAtMs = askedMs;
                    rotateOr(identity, proof);
                  }
                }));
  }

  private Optional<TailProof> tailProof() {
    return known
        .cut()
        .filter(cut -> !lost && !cut.isInsideParts() && cut.start() < end)
        .map(cut -> new TailProof(cut.expected().get(0), cut.start()));
  }

  private void rotateOr(Identity identity, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, proof);
    } else {
      examine(identity, proof);
    }
  }

  /** Without a fence: nobody writes, and nobody has anything that could still land. */
  private void settle(Identity identity) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, Optional.empty());
    } else {
      examine(identity, Optional.empty());
    }
  }

  /** The epochs run out, and with them the coordinator's grip on who came before. */
  private void rotate(Identity identity, Optional<TailProof> proof) {
    int next = identity.generation() + 1;
    steps
        .identity()
        .run(
            this,
            next,
            fresh -> {
              markedAtMs = LedgerSession.NEVER;
              settleOrExamine(fresh, proof);
            },
            () -> beginAgain("transactional ids of two generations are stuck"));
  }

  private void settleOrExamine(Identity fresh, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(fresh.epoch())) {
      rotate(fresh, proof);
    } else {
      examine(fresh, proof);
    }
  }

  /** Nothing of a former owner's can land any more: looks at what has. */
  private void examine(Identity identity, Optional<TailProof> proof) {
    session = identity;
    Cut cut = known.cut().orElse(null);
    if (lost) {
      survey(cut);
    } else if (known.first() && identity.epoch() > 0) {
      // the id was given out before, as if the route had been opened: by one that died early, or
      // has it
      // lost its progress?
      steps.trace().run(this, topicId, identity.producerId(), end, this::traced);
    } else if (cut == null || (known.clean() && !cut.isInsideParts())) {
      held(new Holding(0, List.of(), List.of()), cut);
    } else {
      long proved =
          proof
              .map(
                  tail ->
                      tail.proved(
                          parts.rules(), parts.wallMs(), parts.settings().times().memoryMs()))
              .orElse(0L);
      if (proved > 0) {
        held(Holding.inOneRun(cut, proved), cut);
      } else {
        scan(cut);
      }
    }
  }

  private void traced(boolean found) {
    if (found) {
      fail(new PartitionFailedException(Notes.lostProgress(route())));
    } else {
      held(new Holding(0, List.of(), List.of()), null);
    }
  }

  private void scan(Cut cut) {
    prints = new LastPrints();
    Scan scan = new Scan(parts.rules(), cut.expected(), cut.start());
    steps.scan().run(this, topicId, scan, cut.start(), limit, prints, () -> scanned(cut, scan));
  }

  private void scanned(Cut cut, Scan scan) {
    String broken = scan.broken();
    if (broken != null) {
      fail(new PartitionFailedException(Notes.broken(route(), broken)));
    } else if (scan.mayLackTail()) {
      // nothing of the route is left behind the cut, or not all: from the cut on it is sent again
      answerLost(Math.min(cut.targetNext(), end), cut.last());
    } else {
      if (scan.twice() > 0) {
        notes.add(Notes.twice(scan.twice()));
      }
      held(new Holding(scan.count(), scan.runs(), scan.parts()), cut);
    }
  }

  private void survey(@Nullable Cut cut) {
    if (cut == null) {
      answerLost(end, Optional.empty());
      return;
    }
    if (isRecreated()) {
      answerLost(0, Optional.empty()); // whatever is there now, nothing of it is what was written
      return;
    }
    steps
        .survivor()
        .run(
            this,
            topicId,
            cut,
            limit,
            new SurvivorStep.Told() {
              @Override
              public void found(Optional<Landmark> last) {
                // where the log begins says nothing of what was deleted before it: the user decides
                answerLost(last.map(record -> record.offset() + 1).orElse(0L), last);
              }

              @Override
              public void rewritten(long offset) {
                fail(
                    new PartitionFailedException(
                        Notes.broken(
                            route(), "all records up to offset " + offset + " are missing")));
              }
            });
  }

  private void held(Holding holding, @Nullable Cut cut) {
    if (cut == null && !known.first() && !known.clean()) {
      notes.add(Notes.MAY_REPEAT);
    }
    byte[] state = state(holding.parts(), cut == null ? Optional.empty() : cut.last());
    answer(
        new Recovery.SkipMatching(
            holding.count(),
            holding.runs(),
            holding.count() > 0 ? prints.prints() : List.of(),
            prints.timed(),
            state));
  }

  private void answerLost(long survivingEnd, Optional<Landmark> last) {
    answer(new Recovery.Lost(survivingEnd, state(List.of(), last)));
  }

  private byte[] state(List<LedgerState.Part> left, Optional<Landmark> anchor) {
    Identity own = session();
    return LedgerStates.write(
        new LedgerState(
            own.generation(), own.producerId(), own.epoch(), topicId, from, left, anchor));
  }

  private Identity session() {
    Identity own = session;
    if (own == null) {
      throw new IllegalStateException(route() + " has no identity yet");
    }
    return own;
  }

  private void answer(Recovery recovery) {
    end();
    Identity own = session();
    if (notes.isEmpty()) {
      parts.guarantees().remove(route(), GuaranteeBoard.Author.LEDGER);
    } else {
      parts
          .guarantees()
          .put(
              route(),
              GuaranteeBoard.Author.LEDGER,
              new Guarantee(notes.stream().allMatch(Notes::isExact), String.join("; ", notes)));
    }
    outcome.opened(
        this,
        recovery,
        own,
        new LedgerSession(
            own.producerId(),
            own.epoch(),
            parts.settings().times().memoryMs(),
            // who closed cleanly was the last owner; one before it may still be asleep
            !known.first(),
            markedAtMs));
  }

  @Override
  void giveUp(String why) {
    fail(
        new RetriableException(
            "%s can't be opened now: %s (tried for %d s)"
                .formatted(route(), why, Duration.ofNanos(PATIENCE_NANOS).toSeconds())));
  }

  @Override
  void fail(ReplicationException cause) {
    if (!isOver()) {
      end();
      outcome.failed(this, cause);
    }
  }

  /** What the target holds behind the cut. */
  private record Holding(long count, List<TargetRun> runs, List<LedgerState.Part> parts) {
    static Holding inOneRun(Cut cut, long count) {
      LedgerState.Part session = cut.expected().get(0);
      return new Holding(
          count,
          List.of(new TargetRun(cut.start(), count)),
          List.of(
              new LedgerState.Part(
                  session.producerId(),
                  session.epoch(),
                  session.sequence(),
                  count,
                  session.from())));
    }
  }
}
