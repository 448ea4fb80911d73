package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.MoveReport;
import dev.twinlog.internal.engine.move.Switchover;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkEvent;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all moves of a link have in common in the process that has run it. Stateless. */
final class MovedHere {
  private static final Logger LOG = LoggerFactory.getLogger(MovedHere.class);

  /** How much longer than the close timeout the end of a link may take. */
  private static final Duration RELEASE = Duration.ofSeconds(2);

  private MovedHere() {}

  /** A store of the user's own can't be opened again after the link has closed it. */
  static void requireStoreOfSink(Link link, String moved) {
    if (link.settings().find(LinkOptions.PROGRESS_STORE).isPresent()
        || link.settings().sinkAbilities().state().isEmpty()) {
      throw new ReplicationException(
          "link %s can't be %s, and goes on: it keeps its progress in a store of your own, and only one that the sink opens, as KafkaSink does, can be taken over"
              .formatted(link.name(), moved));
    }
  }

  /** Waits for the end of a link without threads, if it is stepped meanwhile. */
  static void awaitSteppedEnd(Link link, CompletableFuture<Void> ended) {
    if (!link.time().stepsWhileWaiting()) {
      return;
    }
    try {
      Duration most = link.settings().get(LinkOptions.CLOSE_TIMEOUT).plus(RELEASE);
      Object unused = link.time().await(ended, most.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("link {} did not close in time", link.name());
    }
  }

  /** The link has ended, and is moved: tells the listener, since the thread of events has ended. */
  static void moved(Link link, MoveReport report) {
    String what = report.verb().equals(Switchover.VERB) ? "switched over" : "failed over";
    String why = "%s at %s by %s".formatted(what, report.begunAt(), report.actor());
    LinkState before = link.state().shown();
    if (!link.state().apply(new LinkEvent.Moved(), why)) {
      return;
    }
    try {
      link.settings().get(LinkOptions.ON_EVENT).linkStateChanged(before, LinkState.MOVED, why);
    } catch (RuntimeException e) {
      LOG.warn("link {}: the listener has failed", link.name(), e);
    }
    tell(link, report);
  }

  /** Some topics of a link that has ended are moved: tells the listener. */
  static void tell(Link link, MoveReport report) {
    try {
      link.settings().get(LinkOptions.ON_EVENT).moved(report);
    } catch (RuntimeException e) {
      LOG.warn("link {}: the listener has failed", link.name(), e);
    }
  }
}
