package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.agent.Mailbox;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.lane.LaneContext;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkLife;
import dev.twinlog.internal.engine.shared.LinkLife.Draining;
import dev.twinlog.internal.engine.shared.LinkLife.Running;
import dev.twinlog.internal.engine.shared.LinkThrottle;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes the events of lanes to the control thread, while the link is in a state in which they
 * count. Thread-safe.
 */
final class LaneEvents implements LaneContext {

  /** Handles events on the control thread. */
  interface Handler {
    /** The connected link; null before it is connected. */
    @Nullable RunningLink running();

    void readerLost(Lane lane, RuntimeException cause);

    void writerLost(Lane lane, RuntimeException cause);
  }

  private final Link link;
  private final Mailbox control;
  private final CaughtUpWaiters caughtUp;
  private final Handler handler;

  /**
   * Creates the context of a link's lanes.
   *
   * @param control runs tasks on the control thread
   */
  LaneEvents(Link link, Mailbox control, CaughtUpWaiters caughtUp, Handler handler) {
    this.link = link;
    this.control = control;
    this.caughtUp = caughtUp;
    this.handler = handler;
  }

  private LinkLife life() {
    return link.state().get();
  }

  /** Passes an event that counts only while the link is connected. */
  private void whileConnected(Consumer<RunningLink> event) {
    control.add(
        () -> {
          RunningLink running = handler.running();
          if (running != null) {
            event.accept(running);
          }
        });
  }

  @Override
  public LinkTime time() {
    return link.time();
  }

  @Override
  public LinkMetrics metrics() {
    return link.metrics();
  }

  @Override
  public LinkThrottle throttle() {
    return link.throttle();
  }

  @Override
  public void sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause) {
    whileConnected(
        running -> running.sessionEnded(session, last, cause, !(life() instanceof Running)));
  }

  @Override
  public void progressed(Map<CopySession, Progress> changed) {
    whileConnected(
        running -> {
          if (life() instanceof Running || life() instanceof Draining) {
            running.progressed(changed);
          }
        });
  }

  @Override
  public void sourceSuspected() {
    whileConnected(RunningLink::suspectSource);
  }

  @Override
  public void sourceAvailabilityChanged(CopySession session) {
    whileConnected(
        running -> {
          if (life() instanceof Running) {
            running.sourceAvailabilityChanged(session);
          }
        });
  }

  @Override
  public long targetEnd(Route route) {
    return link.targetEnd(route);
  }

  @Override
  public void checkpointMoved() {
    if (caughtUp.isAwaited()) {
      control.wakeup();
    }
  }

  @Override
  public void readerLost(Lane lane, RuntimeException cause) {
    control.add(() -> handler.readerLost(lane, cause));
  }

  @Override
  public void writerLost(Lane lane, RuntimeException cause) {
    control.add(() -> handler.writerLost(lane, cause));
  }
}
