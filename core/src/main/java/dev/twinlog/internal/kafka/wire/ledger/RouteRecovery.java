package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.wire.ledger.request.DirectMarkers;
import dev.twinlog.internal.kafka.wire.ledger.request.RecoveryTask;
import dev.twinlog.internal.kafka.wire.ledger.rules.LastFingerprints;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerState.RecordId;
import dev.twinlog.internal.kafka.wire.ledger.rules.RecoveryPoint;
import dev.twinlog.internal.kafka.wire.ledger.rules.TailProof;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.Tail;
import dev.twinlog.internal.kafka.wire.ledger.session.TailRecord;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;

/**
 * Opens one route: gets the end of the target's log, checks whether the progress still fits it,
 * gets the route's new identity, fences former owners, and then runs the {@link TailInspection}
 * between the progress and the fence. Confined to the ledger's thread.
 *
 * <p>The order matters. The anchor, the last record of the progress, is checked before this
 * instance writes anything behind it. The fence is written under an epoch that only this opening
 * has. The log is read up to the fence, and what is found there is all that former owners will ever
 * have written.
 */
final class RouteRecovery extends RecoveryTask {
  /** How often a log must be found too short before it counts, and how long between the checks. */
  private static final int LOOKS = 3;

  private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

  private final LedgerParts parts;
  private final Steps steps;
  private final Known known;
  private final boolean own;
  private final Outcome outcome;

  private Uuid topicId = Uuid.ZERO_UUID;
  private int leaderEpoch;
  private long end;
  private boolean lost;
  private int tooShort;
  private long formerOwnersSinceMs;
  private long markedAtMs;
  private long limit;
  private long from;
  private LastFingerprints fingerprints = new LastFingerprints();
  private final Set<String> notes = new LinkedHashSet<>();

  /** The producer ids of this opening that had an epoch before. */
  private final Set<Long> formerIds = new HashSet<>();

  /**
   * What is known of the route.
   *
   * @param first whether there is no sign that it was ever opened
   * @param clean whether the last owner closed cleanly, so that no other owner writes it
   * @param point empty if the state was not issued by a ledger
   */
  record Known(boolean first, boolean clean, long targetNext, Optional<RecoveryPoint> point) {}

  /** Receives the result, once. */
  interface Outcome {
    void opened(RouteRecovery opening, Recovery recovery, Identity identity, LedgerSession session);

    void failed(RouteRecovery opening, ReplicationException cause);
  }

  /**
   * Creates the task.
   *
   * @param own whether the session before was of this ledger
   */
  RouteRecovery(
      Route route, Known known, boolean own, LedgerParts parts, Steps steps, Outcome outcome) {
    super(route, parts.timers());
    this.parts = parts;
    this.steps = steps;
    this.known = known;
    this.own = own;
    this.outcome = outcome;
  }

  @Override
  public void begin() {
    lost = false;
    tooShort = 0;
    formerOwnersSinceMs = formerOwnersSinceMs();
    markedAtMs = LedgerSession.NEVER;
    fingerprints = new LastFingerprints();
    notes.clear();
    formerIds.clear();
    if (!parts.settings().times().known()) {
      notes.add(GuaranteeReasons.MEMORY_ASSUMED);
    }
    parts.forgetCoordinator(route(), generation());
    parts.requests().ends.submit(this, this::ended);
  }

  private long formerOwnersSinceMs() {
    if (known.first()) {
      return LedgerState.NO_FORMER_OWNERS;
    }
    if (!known.clean() && !own) {
      return parts.wallMs();
    }
    // the last owner closed cleanly or was this ledger; an earlier one may still be paused
    long before =
        known
            .point()
            .map(point -> point.state().formerOwnersSinceMs())
            .orElse(LedgerState.NO_FORMER_OWNERS);
    return parts.rules().areFormerOwnersGone(before, parts.wallMs())
        ? LedgerState.NO_FORMER_OWNERS
        : before;
  }

  private boolean hasFormerOwners() {
    return formerOwnersSinceMs != LedgerState.NO_FORMER_OWNERS;
  }

  private void ended(Leader leader, long logEnd) {
    topicId = leader.topicId();
    leaderEpoch = leader.epoch();
    end = logEnd;
    limit = logEnd;
    from = logEnd;
    Optional<RecordId> anchor = known.point().flatMap(RecoveryPoint::last);
    if (!isRecreated() && known.targetNext() > logEnd && ++tooShort < LOOKS) {
      // a former leader that doesn't know of the current one yet may also return a lower end
      parts.requests().cluster.refresh();
      after(LOOK_NANOS, () -> parts.requests().ends.submit(this, this::ended));
    } else if (isRecreated() || known.targetNext() > logEnd) {
      lost = true;
      identify(generation());
    } else if (anchor.isPresent()) {
      steps.lastRecord().run(this, topicId, anchor.get(), this::anchored);
    } else {
      // reports a missing permission to read now, and not after the first crash
      steps.lastRecord().tryToRead(this, topicId, logEnd, () -> identify(generation()));
    }
  }

  private boolean isRecreated() {
    return known.point().isPresent() && !known.point().get().state().topicId().equals(topicId);
  }

  private int generation() {
    return known.point().map(point -> point.state().generation()).orElse(0);
  }

  private void anchored(boolean intact) {
    lost = !intact;
    identify(generation());
  }

  private void identify(int generation) {
    steps.identity().run(this, generation, this::identified, () -> identify(generation + 1));
  }

  private void identified(Identity identity) {
    note(identity);
    boolean fence = !known.first() && parts.rules().mustFence(known.clean() && !hasFormerOwners());
    boolean follows = known.point().isEmpty() || follows(known.point().get().state(), identity);
    if (!follows && identity.producerId() == known.point().get().state().producerId()) {
      // the coordinator has reset the epoch: none of its epochs is safe to use
      identify(identity.generation() + 1);
    } else if (!fence) {
      settle(identity);
    } else if (follows) {
      fence(identity);
    } else {
      fenceWithoutCoordinator(identity);
    }
  }

  private void note(Identity identity) {
    if (identity.epoch() > 0) {
      formerIds.add(identity.producerId());
    }
  }

  private boolean follows(LedgerState state, Identity identity) {
    return parts
        .rules()
        .follows(state.producerId(), state.epoch(), identity.producerId(), identity.epoch());
  }

  /** Fences the former producer id, which the coordinator doesn't have any more. */
  private void fenceWithoutCoordinator(Identity identity) {
    long former = known.point().orElseThrow().state().producerId();
    parts
        .requests()
        .directMarkers
        .submit(
            new DirectMarkers.Marker(
                this,
                former,
                new DirectMarkers.ResponseHandler() {
                  @Override
                  public void written() {
                    fence(identity);
                  }

                  @Override
                  public void forbidden() {
                    notes.add(GuaranteeReasons.BY_TIME);
                    awaitSilence(identity, former);
                  }
                }));
  }

  /**
   * Waits for a former owner that can't be fenced. Its proofs of ownership have expired and it has
   * nothing in flight when neither a batch nor a marker of its producer id has appeared for long
   * enough.
   */
  private void awaitSilence(Identity identity, long former) {
    if (own && !hasFormerOwners()) {
      awaitLateRequests(identity);
      return;
    }
    long silentMs =
        parts.rules().silenceMs() + TimeUnit.NANOSECONDS.toMillis(parts.lateRequests().lifeNanos());
    onRetry(
        "a former owner can't be fenced without ALTER on Cluster, so it must have written nothing for %d s"
            .formatted(TimeUnit.MILLISECONDS.toSeconds(silentMs)));
    parts
        .requests()
        .ends
        .submit(
            this,
            (leader, from) ->
                after(
                    TimeUnit.MILLISECONDS.toNanos(silentMs),
                    () -> lookForFormer(identity, former, leader.epoch(), from)));
  }

  private void awaitLateRequests(Identity identity) {
    if (parts.lateRequests().mayArrive(route(), parts.timers().now())) {
      after(LOOK_NANOS, () -> awaitLateRequests(identity));
    } else {
      fence(identity);
    }
  }

  private void lookForFormer(Identity identity, long former, int epochThen, long from) {
    steps
        .orphans()
        .since(
            this,
            topicId,
            former,
            epochThen,
            from,
            wrote -> {
              if (wrote) {
                fail(
                    new RetriableException(
                        ("%s can't be opened now: a former owner of the link may still write it, and it"
                                + " can't be fenced without ALTER on Cluster; stop that instance, or grant"
                                + " the permission")
                            .formatted(route())));
              } else {
                awaitLateRequests(identity);
              }
            });
  }

  private void fence(Identity identity) {
    long askedMs = parts.wallMs();
    Optional<TailProof> proof = tailProof();
    // the last batch, which usually is of this route, proves all before it
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
                            fingerprints.last(at, size, first);
                          }
                        });
                  }

                  @Override
                  public void pause(ByteBuffer batches) {
                    fingerprints.take(batches);
                  }

                  @Override
                  public void fenced(long offset, int epochNow) {
                    limit = offset;
                    from = offset + 1;
                    parts.settings().ends().accept(route(), from);
                    markedAtMs = askedMs;
                    if (!known.clean() && !own) {
                      formerOwnersSinceMs =
                          parts.wallMs(); // their last proof of ownership may be as recent
                    }
                    // batches read from another leader prove nothing about this one's log
                    Optional<TailProof> valid = epochNow == leaderEpoch ? proof : Optional.empty();
                    lookAgain(epochNow, () -> rotateOr(identity, valid));
                  }
                }));
  }

  /**
   * Checks the anchor again if the leader has changed since: a leader never truncates its own log.
   */
  private void lookAgain(int epochNow, Runnable then) {
    Optional<RecordId> anchor = known.point().flatMap(RecoveryPoint::last);
    boolean same = epochNow == leaderEpoch;
    leaderEpoch = epochNow;
    if (lost || same || anchor.isEmpty()) {
      then.run();
    } else {
      steps
          .lastRecord()
          .run(
              this,
              topicId,
              anchor.get(),
              intact -> {
                lost = !intact;
                then.run();
              });
    }
  }

  private Optional<TailProof> tailProof() {
    return known
        .point()
        .filter(point -> !lost && !point.isInsideFormerSessions() && point.start() < end)
        .map(point -> new TailProof(point.expected().get(0), point.start()));
  }

  private void rotateOr(Identity identity, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, proof);
    } else {
      inspect(identity, proof);
    }
  }

  /** Continues without a fence: no other owner writes or has requests in flight. */
  private void settle(Identity identity) {
    if (parts.rules().mustRotate(identity.epoch())) {
      rotate(identity, Optional.empty());
    } else {
      inspect(identity, Optional.empty());
    }
  }

  /** Switches to the transactional id of the next generation, because the epochs run out. */
  private void rotate(Identity identity, Optional<TailProof> proof) {
    int next = identity.generation() + 1;
    steps
        .identity()
        .run(
            this,
            next,
            fresh -> {
              note(fresh);
              markedAtMs = LedgerSession.NEVER;
              rotateOrInspect(fresh, proof);
            },
            () -> restart("transactional ids of two generations have hanging transactions"));
  }

  private void rotateOrInspect(Identity fresh, Optional<TailProof> proof) {
    if (parts.rules().mustRotate(fresh.epoch())) {
      rotate(fresh, proof);
    } else {
      inspect(fresh, proof);
    }
  }

  private void inspect(Identity identity, Optional<TailProof> proof) {
    TailInspection inspection =
        new TailInspection(
            this,
            parts,
            steps,
            known,
            identity,
            new TailInspection.Log(topicId, leaderEpoch, end, limit, from),
            formerOwnersSinceMs,
            notes,
            new TailInspection.ResponseHandler() {
              @Override
              public void answer(Recovery recovery, Optional<RecordId> last) {
                RouteRecovery.this.answer(recovery, identity, last);
              }

              @Override
              public void fail(ReplicationException cause) {
                RouteRecovery.this.fail(cause);
              }
            });
    if (lost) {
      inspection.inspectLoss(isRecreated());
    } else if (known.first() && !formerIds.isEmpty()) {
      inspection.inspectOrphans(formerIds);
    } else {
      inspection.inspectTail(proof, fingerprints);
    }
  }

  private void answer(Recovery recovery, Identity own, Optional<RecordId> last) {
    end();
    if (notes.isEmpty()) {
      parts.guarantees().remove(route(), RouteGuaranteeRegistry.Author.LEDGER);
    } else {
      parts
          .guarantees()
          .put(
              route(),
              RouteGuaranteeRegistry.Author.LEDGER,
              new Guarantee(
                  notes.stream().allMatch(GuaranteeReasons::isExact), String.join("; ", notes)));
    }
    outcome.opened(
        this,
        recovery,
        own,
        new LedgerSession(
            own.producerId(),
            own.epoch(),
            parts.settings().times().memoryMs(),
            hasFormerOwners(),
            markedAtMs,
            tail(last)));
  }

  @Override
  public void onRetry(String why) {
    parts
        .settings()
        .retrying()
        .accept(
            route(), new RetriableException("%s can't be opened now: %s".formatted(route(), why)));
  }

  private Tail tail(Optional<RecordId> last) {
    return new Tail(
        topicId,
        leaderEpoch,
        last.map(at -> new TailRecord(at.offset(), at.producerId(), at.epoch(), at.sequence())),
        parts.rules());
  }

  @Override
  public void giveUp(String why) {
    fail(
        new RetriableException(
            "%s can't be opened now: %s (tried for %d s)"
                .formatted(route(), why, Duration.ofNanos(PATIENCE_NANOS).toSeconds())));
  }

  @Override
  public void fail(ReplicationException cause) {
    if (!isOver()) {
      end();
      outcome.failed(this, cause);
    }
  }
}
