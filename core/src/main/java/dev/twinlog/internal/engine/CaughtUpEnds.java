package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.duty.Duties;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.watch.UnreportedEnds;
import java.time.Duration;

/**
 * Requests the source's ends for callers that wait until the copy has reached them. Confined to the
 * control thread.
 */
final class CaughtUpEnds {
  private static final long LEAST_INTERVAL = Duration.ofMillis(500).toNanos();

  private final Link link;
  private final Partitions partitions;
  private final CaughtUpWaiters waiters;
  private final LinkFailure failure;
  private final Duties duties;
  private final Discovery discovery;
  private final UnreportedEnds ends;
  private long askAt;

  /** Whether ends are being requested. */
  private boolean asks;

  CaughtUpEnds(RunningLink.Parts parts, Duties duties, Discovery discovery, UnreportedEnds ends) {
    this.link = parts.link();
    this.partitions = parts.partitions();
    this.waiters = parts.caughtUp();
    this.failure = parts.failure();
    this.duties = duties;
    this.discovery = discovery;
    this.ends = ends;
  }

  /** Requests them with the next step. */
  void requestNow() {
    askAt = link.time().nanoTime();
  }

  /** Completes callers that need not wait any more, and requests ends for the others. */
  void check(long now) {
    if (!waiters.isAwaited()) {
      return;
    }
    waiters.check(partitions, partitions.firstStopped());
    if (waiters.needsEnds() && !asks && now >= askAt) {
      asks = true;
      CaughtUpWaiters.Asked asked = waiters.ask();
      duties.runNow(discovery, () -> requestEnds(asked, now));
    }
  }

  /** Requests the source's current ends, after a discovery has found new topics. */
  private void requestEnds(CaughtUpWaiters.Asked asked, long begun) {
    if (!duties.succeeded(discovery)) {
      endsRequested(begun);
      return;
    }
    ends.requestAll(
        returned -> {
          asked.answered(new CaughtUpWaiters.Ends(returned, link.missingTopics().isEmpty()));
          endsRequested(begun);
        },
        cause -> {
          failure.error(cause);
          endsRequested(begun);
        });
  }

  private void endsRequested(long begun) {
    asks = false;
    long after = link.time().nanoTime();
    askAt = after + Math.max(LEAST_INTERVAL, after - begun);
  }
}
