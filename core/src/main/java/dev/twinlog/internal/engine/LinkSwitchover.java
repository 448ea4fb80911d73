package dev.twinlog.internal.engine;

import dev.twinlog.AclSync;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.MoveReport.Outcome;
import dev.twinlog.MoveTakenOverException;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.engine.lane.Stages;
import dev.twinlog.internal.engine.move.OfflineContext;
import dev.twinlog.internal.engine.move.Switchover;
import dev.twinlog.internal.engine.move.SwitchoverParts;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.LinkSettings;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Switches over a link in the process that runs it; one that was not started is started for that,
 * and closed afterwards. One at a time: a second caller waits, and gets the same report if the
 * first one has moved the link. Thread-safe.
 */
final class LinkSwitchover {
  private final Link link;
  private final ControlAgent control;
  private final LinkRun run;

  /** Ends the switchover that is under way. */
  private volatile Optional<CompletableFuture<Void>> underWay = Optional.empty();

  private volatile Optional<CompletableFuture<Void>> over = Optional.empty();

  /** How the engine is started and closed. */
  record LinkRun(Runnable starting, Runnable closing) {}

  LinkSwitchover(Link link, ControlAgent control, LinkRun run) {
    this.link = link;
    this.control = control;
    this.run = run;
  }

  /** Whether one is under way here. Any thread. */
  boolean isUnderWay() {
    return underWay.isPresent();
  }

  /** Ends one that is under way: it is left to a failover. Does not wait. */
  void leaveTo(String actor) {
    underWay.ifPresent(
        stop ->
            stop.completeExceptionally(
                new MoveTakenOverException(
                    "the switchover of link %s was taken over by a failover of %s"
                        .formatted(link.name(), actor))));
  }

  /**
   * Takes one back that is under way, since the link is being closed.
   *
   * @return completes when that is done
   */
  CompletableFuture<Void> cancel() {
    underWay.ifPresent(
        stop ->
            stop.completeExceptionally(
                new ReplicationException("link %s is being closed".formatted(link.name()))));
    return over.orElseGet(() -> CompletableFuture.completedFuture(null));
  }

  /** As {@link #cancel()}, and waits until that is done. */
  void cancel(Duration atMost) {
    try {
      cancel().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      link.error(new ReplicationException("a switchover could not be taken back in time", e));
    }
  }

  /** See {@link dev.twinlog.Replicator#switchover(SwitchoverOptions)}. */
  synchronized SwitchoverReport run(SwitchoverOptions options) {
    MovedHere.requireStoreOfSink(link, "switched over");
    Switchover switchover = new Switchover(parts(options), link::move);
    SwitchoverReport report = run(switchover, options);
    return report.repeated() && !options.isDryRun() ? release(switchover, report) : report;
  }

  /** An earlier call may have died before it let clients write. */
  private SwitchoverReport release(Switchover switchover, SwitchoverReport report) {
    try {
      return switchover.releaseWrites(report, this::openStore);
    } finally {
      LinkConnector.closeQuietly(link, link.settings().sink()); // it was connected again
    }
  }

  private SwitchoverReport run(Switchover switchover, SwitchoverOptions options) {
    LinkState state = link.state().shown();
    if (state.isFinal() || state == LinkState.STOPPING) {
      return ofEnded(switchover, state);
    }
    if (state == LinkState.NEW) {
      return ofNew(switchover, options);
    }
    if (state == LinkState.RUNNING) {
      awaitRunning(options.timeout()); // before its first discovery it has no partitions
    }
    if (options.isDryRun()) {
      return switchover.check(new RunningMove(link, control));
    }
    return ofRunning(switchover, options.topics().isEmpty());
  }

  private SwitchoverReport ofEnded(Switchover switchover, LinkState state) {
    return switchover
        .before(saved())
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "link %s can't be switched over, it is %s (%s): build a new replicator"
                        .formatted(link.name(), state, link.state().reason())));
  }

  /** It may run elsewhere: it is taken over only if nothing speaks against it. */
  private SwitchoverReport ofNew(Switchover switchover, SwitchoverOptions options) {
    SwitchoverReport checked;
    try {
      checked = switchover.check();
    } finally {
      LinkConnector.closeQuietly(link, link.settings().source());
      LinkConnector.closeQuietly(link, link.settings().sink());
    }
    if (checked.outcome() != Outcome.DRY_RUN || options.isDryRun()) {
      return checked;
    }
    try {
      run.starting().run();
      awaitRunning(options.timeout());
      return ofRunning(switchover, options.topics().isEmpty());
    } finally {
      run.closing().run();
    }
  }

  /** Waits for the first discovery. */
  private void awaitRunning(Duration timeout) {
    CompletableFuture<Void> copied = new CompletableFuture<>();
    control.whenRunning(copied);
    try {
      Object unused = link.time().await(copied, timeout.toNanos());
    } catch (TimeoutException e) {
      throw new RetriableException(
          "link %s has not connected within %s; it is %s (%s)"
              .formatted(link.name(), timeout, link.state().shown(), link.state().reason()),
          e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RetriableException(
          "interrupted while link %s was started".formatted(link.name()), e);
    }
  }

  private SwitchoverReport ofRunning(Switchover switchover, boolean isWhole) {
    CompletableFuture<Void> stop = new CompletableFuture<>();
    CompletableFuture<Void> done = new CompletableFuture<>();
    var unusedEnd =
        control.ended().whenComplete((end, error) -> stop.completeExceptionally(ended()));
    over = Optional.of(done);
    underWay = Optional.of(stop);
    try {
      SwitchoverReport report = switchover.run(new RunningMove(link, control), stop);
      if (report.outcome() == Outcome.DONE || report.outcome() == Outcome.DONE_WITH_LOSS) {
        if (isWhole) {
          end();
          MovedHere.moved(link, report);
        } else {
          link.events().post(listener -> listener.moved(report)); // the others are copied on
        }
      } else if (report.outcome() == Outcome.INCOMPLETE && report.refusals().isEmpty()) {
        end(); // it may be moved, and must not copy until that is known
      }
      return report;
    } finally {
      underWay = Optional.empty();
      over = Optional.empty();
      done.complete(null);
    }
  }

  private void end() {
    underWay = Optional.empty(); // the end of the link ends nothing any more
    over = Optional.empty();
    run.closing().run();
  }

  private RuntimeException ended() {
    return link.lastError()
        .filter(error -> error instanceof FencedException)
        .map(RuntimeException.class::cast)
        .orElseGet(
            () ->
                new ReplicationException(
                    "link %s has ended: %s".formatted(link.name(), link.state().reason())));
  }

  private SwitchoverParts parts(SwitchoverOptions options) {
    LinkSettings settings = link.settings();
    AclSync acls = settings.get(LinkOptions.TOPIC_SYNC).acls();
    return new SwitchoverParts(
        link.name(),
        settings.source(),
        settings.sourceAbilities(),
        settings.sinkAbilities(),
        this::saved,
        new SwitchoverParts.Mapping(
            settings.get(LinkOptions.TOPIC_MAPPER),
            new Stages(
                    settings.find(LinkOptions.TRANSFORM),
                    settings.get(LinkOptions.PARTITION_MAPPER))
                ::fingerprint),
        settings.get(LinkOptions.OFFSET_TRANSLATOR),
        link.groupOptions(),
        acls.isOn() && acls.writes() == AclSync.Writes.COPY,
        settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE,
        options,
        link.time());
  }

  private ProgressStore openStore() {
    OfflineContext context =
        new OfflineContext(link.name(), link.settings().get(LinkOptions.CLOCK));
    return link.settings().sinkAbilities().state().orElseThrow().openProgressStore(context);
  }

  private ReadableStore.Saved saved() {
    try (ProgressStore store = openStore()) {
      if (store instanceof ReadableStore readable) {
        return readable.read();
      }
      throw new ReplicationException(
          "link %s can't be switched over: the progress store that its sink opens can't be read without taking the link over, as that of KafkaSink can (ReadableStore)"
              .formatted(link.name()));
    }
  }
}
