package dev.twinlog.internal.engine.move;

import dev.twinlog.MoveProgress;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.abilities.StoreAbilities;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.status.MoveSnapshot;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches a link over to its target while its source answers: nothing is lost, and nothing is
 * changed unless all of it is done. What was begun is saved before it is done, so that the one that
 * starts the link next, or moves it, can take it back or finish it. Used once, by one thread.
 */
public final class Switchover {
  /** What the stored header of a switchover says. */
  public static final String VERB = "switchover";

  private static final Logger LOG = LoggerFactory.getLogger(Switchover.class);
  private static final Duration TAKING_BACK = Duration.ofSeconds(30);

  private final SwitchoverParts parts;
  private final Consumer<MoveSnapshot> shown;
  private final MoveHeader header;

  /**
   * Creates it.
   *
   * @param shown receives how far it is
   */
  public Switchover(SwitchoverParts parts, Consumer<MoveSnapshot> shown) {
    this.parts = parts;
    this.shown = shown;
    this.header =
        new MoveHeader(
            UUID.randomUUID(),
            VERB,
            parts.options().actor(),
            parts.time().clock().millis(),
            MoveHeader.NOT_YET);
  }

  // What is known before.

  /** The report of a link that was moved before, or of which a move was begun; else empty. */
  public Optional<SwitchoverReport> before(ReadableStore.Saved saved) {
    MoveEntries.Stored stored = MoveEntries.move(saved.entries());
    if (stored.header().isEmpty()) {
      return parts.options().topics().isEmpty() ? Optional.empty() : movedBefore(saved, stored);
    }
    MoveHeader move = stored.header().get();
    if (move.verb().equals(VERB)) {
      return move.isDone()
          ? Optional.of(
              new StoredSwitchover(
                  new StoredMove.Facts(
                      parts.link(),
                      move,
                      MoveScope.seamsOfRest(stored),
                      stored.groups(),
                      stored.acls(),
                      true,
                      now()),
                  stored.phase(),
                  StoredMove.Ending.done(
                      WriteRelease.todo(
                          WriteRelease.held(saved.entries(), stored.acls()).keySet(), ""))))
          : Optional.empty(); // one that was not finished is taken back by the start of the link
    }
    return Optional.of(
        refused(
            List.of(
                "link %s has a %s, begun %s by %s%s"
                    .formatted(
                        parts.link(),
                        move.verb(),
                        Instant.ofEpochMilli(move.begunMs()),
                        move.actor(),
                        move.isDone() ? "" : ", which is not finished: call it again"))));
  }

  /**
   * Creates the ACLs in the target that an earlier call has left there, or could not create.
   *
   * @param report of the link, which was moved before
   * @param stores opens the link's progress store
   */
  public SwitchoverReport releaseWrites(SwitchoverReport report, Supplier<ProgressStore> stores) {
    ReadableStore.Saved saved = parts.saved().get();
    MoveEntries.Stored stored = MoveEntries.move(saved.entries());
    if (stored.header().isEmpty() || WriteRelease.held(saved.entries(), stored.acls()).isEmpty()) {
      return report;
    }
    WriteRelease.Released released;
    StoreAbilities store = StoreAbilities.of(stores.get());
    try {
      store.store().load();
      released =
          new WriteRelease(
                  parts.sink().acls(),
                  store.entries().orElseThrow(),
                  store.acls(),
                  new Deadline(parts.time(), TAKING_BACK))
              .run(
                  store.entries().map(EntryStore::takeEntries).orElse(List.of()),
                  stored.acls(),
                  store.acls().map(AclLedgerStore::takeAcls).orElse(Map.of()).keySet());
    } finally {
      store.store().close();
    }
    return new StoredSwitchover(
        new StoredMove.Facts(
            parts.link(),
            stored.header().get(),
            MoveScope.seamsOfRest(stored),
            stored.groups(),
            released.acls(),
            true,
            now()),
        stored.phase(),
        StoredMove.Ending.done(released.todo()));
  }

  /** The report of the move of these topics, if all of them were moved before. */
  private Optional<SwitchoverReport> movedBefore(
      ReadableStore.Saved saved, MoveEntries.Stored stored) {
    MoveScope scope = MoveScope.of(parts.options().topics(), stored);
    Set<String> selected = scope.selected(saved.progress().keySet());
    if (selected.isEmpty() || !scope.moved().containsAll(selected)) {
      return Optional.empty();
    }
    Optional<MovedTopics> by = MoveScope.by(selected, stored);
    if (by.isEmpty()) {
      return Optional.of(
          refused(
              List.of(
                  "these topics were moved before, by several calls: "
                      + MoveScope.listedReasons(selected, stored))));
    }
    return Optional.of(
        new StoredSwitchover(
            new StoredMove.Facts(
                parts.link(),
                by.get().header(),
                MoveScope.seamsOf(by.get(), stored),
                MoveScope.groupsOf(by.get(), stored),
                true,
                now()),
            Optional.of(MoveScope.phaseOf(by.get())),
            StoredMove.Ending.done(
                WriteRelease.todoOfTopics(saved.entries(), stored.acls(), selected))));
  }

  private MoveScope scope(ReadableStore.Saved saved) {
    return MoveScope.of(parts.options().topics(), MoveEntries.move(saved.entries()));
  }

  /** Checks a link that runs, and changes nothing. */
  public SwitchoverReport check(MovableLink link) {
    return check(link, Optional.of(link));
  }

  /** Checks a link that does not run here, without taking it over. */
  public SwitchoverReport check() {
    return check(Asking.directly(), Optional.empty());
  }

  private SwitchoverReport check(Asking asking, Optional<MovableLink> running) {
    ReadableStore.Saved saved = parts.saved().get();
    Optional<SwitchoverReport> before = before(saved);
    if (before.isPresent()) {
      return before.get();
    }
    MoveScope scope = scope(saved);
    SwitchoverChecks.Found found =
        new SwitchoverChecks(
                parts,
                scope,
                asking,
                running,
                new Deadline(parts.time(), parts.options().timeout()))
            .run(saved);
    if (!found.refusals().isEmpty()) {
      return refused(found.refusals());
    }
    Deadline soon = new Deadline(parts.time(), parts.options().timeout());
    WriteRelease.Released writes =
        scope.isWhole()
            ? soon.await(
                asking.askSyncs(
                    () -> WriteRelease.planned(parts.sink().acls(), saved.entries(), List.of())),
                "checking the ACLs of the target")
            : new WriteRelease.Released(
                List.of(),
                WriteRelease.todoOfTopics(
                    saved.entries(), List.of(), scope.selected(saved.progress().keySet())),
                Optional.empty());
    return new StoredSwitchover(
        new StoredMove.Facts(
            parts.link(), header, found.seams(), found.groups(), writes.acls(), false, now()),
        Optional.empty(),
        new StoredMove.Ending(Outcome.DRY_RUN, List.of(), writes.todo()));
  }

  private SwitchoverReport refused(List<String> reasons) {
    return new StoredSwitchover(
        new StoredMove.Facts(parts.link(), header, Map.of(), Map.of(), false, now()),
        Optional.empty(),
        new StoredMove.Ending(Outcome.REFUSED, reasons, List.of()));
  }

  // Doing it.

  /**
   * Does it.
   *
   * @param link the link, which runs
   * @param stop completes exceptionally when it is to end: with a {@link MoveTakenOverException} or
   *     a {@link FencedException} if the link is not this instance's any more
   * @throws MoveTakenOverException if another call, or another instance, has taken it over
   */
  public SwitchoverReport run(MovableLink link, CompletableFuture<Void> stop) {
    Waits waits = new Waits(new Deadline(parts.time(), parts.options().timeout()), stop);
    waits.untilOpened(link);
    ReadableStore.Saved saved = parts.saved().get();
    Optional<SwitchoverReport> before = before(saved);
    if (before.isPresent()) {
      return before.get();
    }
    MoveScope scope = scope(saved);
    SwitchoverChecks.Found found =
        new SwitchoverChecks(parts, scope, link, Optional.of(link), waits.deadline()).run(saved);
    if (!found.refusals().isEmpty()) {
      return refused(found.refusals());
    }
    SwitchoverAttempt attempt =
        new SwitchoverAttempt(parts, scope, link, waits, header, found, saved, this::tell);
    tell(Phase.CHECKED, 1, 1);
    try {
      SwitchoverReport report = done(attempt.run());
      if (!scope.isWhole()) {
        String reason =
            MoveScope.reason(new MovedTopics(attempt.header(), MovePhase.UNKNOWN, Set.of()));
        new Deadline(parts.time(), TAKING_BACK).await(link.moved(scope, reason), "going on");
      }
      return report;
    } catch (RuntimeException e) {
      return ended(attempt, scope, link, stop, e);
    }
  }

  private SwitchoverReport done(SwitchoverAttempt attempt) {
    MoveHeader done = attempt.header();
    shown.accept(snapshot(done, Phase.DONE, ""));
    return report(attempt, done, StoredMove.Ending.done(attempt.unreleased()));
  }

  private SwitchoverReport report(
      SwitchoverAttempt attempt, MoveHeader move, StoredMove.Ending ending) {
    return new StoredSwitchover(
        new StoredMove.Facts(
            parts.link(), move, attempt.seams(), attempt.groups(), attempt.acls(), false, now()),
        attempt.phase(),
        ending);
  }

  /** It has failed: it is taken back, unless it may be done, or belongs to another. */
  private SwitchoverReport ended(
      SwitchoverAttempt attempt,
      MoveScope scope,
      MovableLink link,
      CompletableFuture<Void> stop,
      RuntimeException cause) {
    Throwable reason = reason(stop, cause);
    Optional<MoveTakenOverException> here = causeOf(reason, MoveTakenOverException.class);
    if (here.isPresent()) {
      throw here.get(); // by this process, which names the caller
    }
    if (isTakenOver(cause) || isTakenOver(reason)) {
      throw takenOver(attempt, cause);
    }
    if (attempt.isCommitting()) {
      return report(
          attempt,
          header,
          StoredMove.Ending.incomplete(
              "whether it is done is not known, since that could not be saved (%s): call it again"
                  .formatted(cause.getMessage())));
    }
    boolean interrupted = Thread.interrupted(); // else nothing could be taken back
    try {
      return takenBack(attempt, scope, link, cause);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private SwitchoverReport takenBack(
      SwitchoverAttempt attempt, MoveScope scope, MovableLink link, RuntimeException cause) {
    String reason = String.valueOf(cause.getMessage());
    LOG.warn("link {}: the switchover is taken back: {}", parts.link(), reason);
    LOG.debug("link {}", parts.link(), cause);
    Optional<String> left;
    try {
      left = attempt.takeBack(reason, new Deadline(parts.time(), TAKING_BACK));
    } catch (RuntimeException e) {
      if (isTakenOver(e)) {
        throw takenOver(attempt, e);
      }
      left = Optional.of(String.valueOf(e.getMessage()));
    }
    link.release(scope);
    MoveHeader ended = header.done(now());
    shown.accept(snapshot(ended, Phase.ABORTED, reason));
    parts.options().onProgress().accept(new MoveProgress(Phase.ABORTED, 1, 1));
    StoredMove.Ending ending =
        left.map(
                what ->
                    new StoredMove.Ending(
                        Outcome.INCOMPLETE,
                        List.of(reason),
                        List.of(
                            "not all of it could be taken back: %s; call switchover again, or restart the link, which tries it again"
                                .formatted(what))))
            .orElseGet(() -> new StoredMove.Ending(Outcome.ABORTED, List.of(reason), List.of()));
    return new StoredSwitchover(
        new StoredMove.Facts(
            parts.link(), header, Map.of(), Map.of(), attempt.acls(), false, now()),
        Optional.empty(),
        ending);
  }

  // Another call, or another instance.

  private static boolean isTakenOver(Throwable cause) {
    return causeOf(cause, FencedException.class).isPresent()
        || causeOf(cause, MoveTakenOverException.class).isPresent();
  }

  private static <T extends Throwable> Optional<T> causeOf(Throwable cause, Class<T> type) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return Optional.of(type.cast(each));
      }
    }
    return Optional.empty();
  }

  /** Why it was to stop, which may not be what it has failed with. */
  private static Throwable reason(CompletableFuture<Void> stop, RuntimeException cause) {
    if (stop.isCompletedExceptionally()) {
      try {
        stop.join();
      } catch (RuntimeException e) {
        return e;
      }
    }
    return cause;
  }

  private MoveTakenOverException takenOver(SwitchoverAttempt attempt, RuntimeException cause) {
    String by = "another instance of the link, which has taken it back";
    try {
      MoveEntries.Stored stored = MoveEntries.move(parts.saved().get().entries());
      List<MovedAcl> forgotten = new ArrayList<>(attempt.acls());
      forgotten.removeAll(stored.acls());
      // created while it was taken over; the link does not run here any more
      var unused =
          parts.sourceAbilities().acls().flatMap(acls -> new WriterFence(acls).delete(forgotten));
      if (stored.header().isPresent()) {
        MoveHeader move = stored.header().get();
        by =
            "the %s that %s has begun at %s"
                .formatted(move.verb(), move.actor(), Instant.ofEpochMilli(move.begunMs()));
      }
    } catch (RuntimeException e) {
      by = "another call, or another instance";
      cause.addSuppressed(e);
    }
    return new MoveTakenOverException(
        "the switchover of link %s was taken over by %s".formatted(parts.link(), by), cause);
  }

  // Showing.

  private void tell(Phase phase, long done, long of) {
    shown.accept(snapshot(header, phase, ""));
    parts.options().onProgress().accept(new MoveProgress(phase, done, of));
  }

  /** What a status shows of a move. */
  public static MoveSnapshot snapshot(MoveHeader move, Phase phase, String reason) {
    return new MoveSnapshot(
        move.id(),
        move.verb(),
        phase.name(),
        move.actor(),
        Instant.ofEpochMilli(move.begunMs()),
        move.isDone() ? Optional.of(Instant.ofEpochMilli(move.endedMs())) : Optional.empty(),
        reason);
  }

  private long now() {
    return parts.time().clock().millis();
  }
}
