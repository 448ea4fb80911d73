package dev.twinlog.internal.engine.agent;

import dev.twinlog.ReplicationListener;
import dev.twinlog.spi.LinkMetrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers events to the listener, one after the other. Events are posted from any thread; the
 * listener is called in this agent's step only.
 */
public final class EventAgent implements Agent {
  private static final Logger LOG = LoggerFactory.getLogger(EventAgent.class);
  private static final int MOST_WAITING = 10_000;

  private final String link;
  private final ReplicationListener listener;
  private final LinkMetrics metrics;
  private final Mailbox mailbox = new Mailbox();
  private final ArrayDeque<Consumer<ReplicationListener>> events = new ArrayDeque<>();
  private final AtomicInteger lost = new AtomicInteger();
  private volatile boolean stopped;

  public EventAgent(String link, ReplicationListener listener, LinkMetrics metrics) {
    this.link = link;
    this.listener = listener;
    this.metrics = metrics;
  }

  public void post(Consumer<ReplicationListener> event) {
    synchronized (events) {
      if (events.size() == MOST_WAITING) {
        events.removeFirst();
        lost.incrementAndGet();
      }
      events.add(event);
    }
    mailbox.wakeup();
  }

  /** Ends the agent once all posted events are delivered. */
  public void stop() {
    stopped = true;
    mailbox.wakeup();
  }

  @Override
  public String role() {
    return "events";
  }

  @Override
  public boolean step(Duration maxWait) {
    if (isEmpty()) {
      mailbox.run(maxWait.toNanos());
    }
    int missed = lost.getAndSet(0);
    if (missed > 0) {
      LOG.warn(
          "link {}: the listener is too slow, {} events were not delivered to it", link, missed);
    }
    Consumer<ReplicationListener> event = next();
    if (event == null) {
      return false;
    }
    deliver(event);
    return true;
  }

  private void deliver(Consumer<ReplicationListener> event) {
    try {
      event.accept(listener);
    } catch (RuntimeException e) {
      LOG.warn("link {}: the listener threw an exception; the link continues", link, e);
      metrics.listenerFailed();
    }
  }

  private boolean isEmpty() {
    synchronized (events) {
      return events.isEmpty();
    }
  }

  private @Nullable Consumer<ReplicationListener> next() {
    synchronized (events) {
      return events.poll();
    }
  }

  @Override
  public long nextDeadlineNanos() {
    return Long.MAX_VALUE;
  }

  @Override
  public void wakeup() {
    mailbox.wakeup();
  }

  @Override
  public boolean finished() {
    return stopped && isEmpty();
  }

  @Override
  public void close() {}
}
