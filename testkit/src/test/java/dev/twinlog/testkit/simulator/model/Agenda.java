package dev.twinlog.testkit.simulator.model;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time with a queue of timed events. Not thread-safe. */
public final class Agenda {
  private record Event(long at, long number, Runnable action) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private final long startMs;
  private long now;
  private long numbers;

  /**
   * An empty agenda.
   *
   * @param startMs the wall clock's time at its beginning
   */
  public Agenda(long startMs) {
    this.startMs = startMs;
  }

  /** Nanoseconds since the beginning. */
  public long now() {
    return now;
  }

  /** The true wall clock time; clients' clocks may differ. */
  public long wallMs() {
    return startMs + now / 1_000_000;
  }

  /** Schedules an action; actions due at the same time run in the order of their calls. */
  public void after(long nanos, Runnable action) {
    events.add(new Event(now + Math.max(0, nanos), numbers++, action));
  }

  /** Lets time pass and runs the actions that are due by then, each at its own time. */
  public void advance(long nanos) {
    long until = now + nanos;
    for (Event next = events.peek(); next != null && next.at() <= until; next = events.peek()) {
      events.remove();
      now = Math.max(now, next.at());
      next.action().run();
    }
    now = until;
  }

  /** The time until the next action; {@link Long#MAX_VALUE} if there is none. */
  public long nanosToNext() {
    Event next = events.peek();
    return next == null ? Long.MAX_VALUE : Math.max(0, next.at() - now);
  }
}
