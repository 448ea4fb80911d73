package dev.twinlog.internal.engine.duty;

import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.status.DutySnapshot;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the duties of a link when they are due, each at most once at a time. A run that fails is
 * reported and repeated with backoff. Confined to the control thread.
 */
public final class Duties {
  private final LinkTime time;
  private final Consumer<RuntimeException> onError;
  private final Backoff backoff;
  private final Calls calls;
  private final LinkMetrics metrics;
  private final Map<Duty, Schedule> schedules = new LinkedHashMap<>();
  private volatile List<DutySnapshot> status = List.of();
  private boolean ended;

  /** When a duty is due, and how it did. */
  private static final class Schedule {
    final Duty duty;
    long dueNanos;
    boolean running;
    int failures;
    @Nullable Instant lastSuccess;
    @Nullable ReplicationException lastError;

    /** What to do after a run that begins after it was requested. */
    List<Runnable> requested = new ArrayList<>();

    /** What to do after the current run. */
    List<Runnable> awaiting = new ArrayList<>();

    Schedule(Duty duty, long dueNanos) {
      this.duty = duty;
      this.dueNanos = dueNanos;
    }
  }

  /**
   * Creates a schedule without duties.
   *
   * @param onError receives the causes of failed runs
   */
  public Duties(
      LinkTime time,
      Consumer<RuntimeException> onError,
      Backoff backoff,
      Calls calls,
      LinkMetrics metrics) {
    this.time = time;
    this.onError = onError;
    this.backoff = backoff;
    this.calls = calls;
    this.metrics = metrics;
  }

  /** Adds a duty that is due at this time. */
  public void add(Duty duty, long dueNanos) {
    schedules.put(duty, new Schedule(duty, dueNanos));
  }

  /** Begins the runs that are due, and returns whether there was one. */
  public boolean runDue(long now) {
    boolean any = false;
    for (Schedule schedule : schedules.values()) {
      if (!schedule.running && now >= schedule.dueNanos) {
        begin(schedule);
        any = true;
      }
    }
    return any;
  }

  /** When the next run is due. */
  public long nextDueNanos() {
    return schedules.values().stream()
        .filter(schedule -> !schedule.running)
        .mapToLong(schedule -> schedule.dueNanos)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Runs a duty as soon as possible, unless it is running. */
  public void runNow(Duty duty) {
    Schedule schedule = schedule(duty);
    if (!schedule.running) {
      begin(schedule);
    }
  }

  /**
   * Runs a duty as soon as possible, and then this, whether it succeeds or fails. If it is running
   * already it is run once more.
   */
  public void runNow(Duty duty, Runnable then) {
    if (ended) {
      then.run();
      return;
    }
    Schedule schedule = schedule(duty);
    schedule.requested.add(then);
    if (!schedule.running) {
      begin(schedule);
    }
  }

  /**
   * Runs all duties as soon as possible, one after the other, and then this, whether they succeed
   * or fail.
   */
  public void runAllNow(Runnable then) {
    runAllNow(List.copyOf(schedules.keySet()).iterator(), then);
  }

  private void runAllNow(Iterator<Duty> rest, Runnable then) {
    if (rest.hasNext()) {
      runNow(rest.next(), () -> runAllNow(rest, then));
    } else {
      then.run();
    }
  }

  /** The error of the first duty whose last run has failed. */
  public Optional<ReplicationException> firstFailure() {
    return schedules.keySet().stream().flatMap(duty -> failure(duty).stream()).findFirst();
  }

  /** The error of the last run of this duty, if that has failed. */
  public Optional<ReplicationException> failure(Duty duty) {
    Schedule schedule = schedule(duty);
    return schedule.failures > 0 ? Optional.ofNullable(schedule.lastError) : Optional.empty();
  }

  /** The duties that can say what they would change. */
  public List<PlannedDuty> planned() {
    return schedules.keySet().stream()
        .filter(PlannedDuty.class::isInstance)
        .map(PlannedDuty.class::cast)
        .toList();
  }

  /** Whether the last run of this duty, if there was one, has succeeded. */
  public boolean succeeded(Duty duty) {
    return schedule(duty).failures == 0;
  }

  /** How the duties are doing. Any thread. */
  public List<DutySnapshot> status() {
    return status;
  }

  private List<DutySnapshot> currentStatus() {
    return schedules.values().stream()
        .map(
            one ->
                new DutySnapshot(
                    one.duty.name(),
                    Optional.ofNullable(one.lastSuccess),
                    one.failures,
                    Optional.ofNullable(one.lastError)))
        .toList();
  }

  /** Begins no more runs, ignores the answers of those that run, and waits for none. */
  public void end() {
    ended = true;
    for (Schedule schedule : schedules.values()) {
      List<Runnable> all = new ArrayList<>(schedule.awaiting);
      all.addAll(schedule.requested);
      schedule.awaiting = new ArrayList<>();
      schedule.requested = new ArrayList<>();
      all.forEach(Runnable::run);
    }
  }

  private Schedule schedule(Duty duty) {
    return Objects.requireNonNull(schedules.get(duty), "a duty that was added");
  }

  private void begin(Schedule schedule) {
    if (ended) {
      return;
    }
    schedule.running = true;
    schedule.awaiting = schedule.requested;
    schedule.requested = new ArrayList<>();
    long begun = time.nanoTime();
    Optional<Supplier<Runnable>> question = schedule.duty.prepare();
    if (question.isEmpty()) {
      schedule.failures = 0;
      ended(schedule, schedule.duty.interval());
      return;
    }
    calls.call(
        question.get(),
        answer -> answered(schedule, begun, answer),
        cause -> finish(schedule, begun, cause));
  }

  private void answered(Schedule schedule, long begun, Runnable answer) {
    if (ended) {
      return;
    }
    try {
      answer.run();
    } catch (RuntimeException e) {
      finish(schedule, begun, e);
      return;
    }
    finish(schedule, begun, null);
  }

  private void finish(Schedule schedule, long begun, @Nullable RuntimeException cause) {
    if (ended) {
      return;
    }
    Duration took = Duration.ofNanos(time.nanoTime() - begun);
    metrics.duty(schedule.duty.name(), cause == null, took);
    ended(schedule, took, cause);
  }

  private void ended(Schedule schedule, Duration took, @Nullable RuntimeException cause) {
    Duration next;
    if (cause == null) {
      schedule.failures = 0;
      schedule.lastSuccess = time.clock().instant();
      next = schedule.duty.interval();
    } else {
      onError.accept(cause);
      schedule.failures++;
      schedule.lastError = LinkFailure.asReplicationException(cause);
      next = schedule.duty.retry(backoff.after(schedule.failures), took);
    }
    ended(schedule, next);
  }

  private void ended(Schedule schedule, Duration next) {
    schedule.dueNanos = time.nanoTime() + next.toNanos();
    schedule.running = false;
    status = currentStatus();
    List<Runnable> awaiting = schedule.awaiting;
    schedule.awaiting = new ArrayList<>();
    awaiting.forEach(Runnable::run);
    if (!schedule.requested.isEmpty() && !schedule.running) {
      begin(schedule);
    }
  }
}
