package dev.twinlog.internal.engine.watch;

import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.duty.Duty;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.SourceEnd;
import dev.twinlog.spi.SourcePosition;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * Requests the ends of partitions that no reader reports now, so that their lag is right:
 * partitions that are not read, that are unavailable to their reader, that are RETRYING because
 * writes are not acknowledged, that are paused by the memory budget, and whose end is unknown. An
 * end that the source doesn't return becomes unknown. Confined to the control thread.
 */
public final class UnreportedEnds implements Duty {
  private static final long HELD_BACK = Duration.ofSeconds(5).toNanos();
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final Link link;
  private final Partitions partitions;
  private final Calls calls;
  private Duration next = INTERVAL;

  /** Whether the last request had no answer. */
  private boolean unanswered;

  /**
   * What the source has returned.
   *
   * @param ends without those that it did not return
   * @param askedAtMs when it was asked, in wall time
   */
  private record Returned(Map<TopicPartition, SourcePosition> ends, long askedAtMs) {
    static final Returned NOTHING = new Returned(Map.of(), 0);
  }

  public UnreportedEnds(Link link, Partitions partitions, Calls calls) {
    this.link = link;
    this.partitions = partitions;
    this.calls = calls;
  }

  @Override
  public String name() {
    return "source ends";
  }

  @Override
  public Duration interval() {
    return next;
  }

  /** A request without an answer takes seconds, so the next one is delayed in proportion. */
  @Override
  public Duration retry(Duration backoff, Duration took) {
    Duration twice = took.multipliedBy(2);
    Duration least = INTERVAL.multipliedBy(2);
    return twice.compareTo(least) > 0 ? twice : least;
  }

  @Override
  public Optional<Supplier<Runnable>> prepare() {
    Set<TopicPartition> wanted = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (needsEnd(partition) && !partition.life().isGone()) {
        wanted.add(partition.partition());
      }
    }
    unanswered &= !wanted.isEmpty();
    next = INTERVAL;
    long begun = link.time().nanoTime();
    return wanted.isEmpty() ? Optional.empty() : Optional.of(() -> ask(wanted, begun));
  }

  /** Asks the source. Calls. */
  private Runnable ask(Set<TopicPartition> wanted, long begun) {
    try {
      Returned returned = resolve(wanted);
      return () -> {
        unanswered = false;
        set(wanted, returned);
        Duration took = Duration.ofNanos(link.time().nanoTime() - begun);
        next = returned.ends().size() == wanted.size() ? INTERVAL : retry(INTERVAL, took);
      };
    } catch (RuntimeException e) {
      return () -> {
        unanswered = true;
        set(wanted, Returned.NOTHING);
        throw e;
      };
    }
  }

  private Returned resolve(Set<TopicPartition> wanted) {
    long askedAtMs = link.time().clock().millis();
    return new Returned(
        wanted.isEmpty() ? Map.of() : link.settings().source().ends(wanted), askedAtMs);
  }

  /**
   * While the source is unavailable, sets the ends of partitions that are not read to unknown:
   * including those that were paused or held back since it was asked.
   */
  public void tick() {
    if (!unanswered) {
      return;
    }
    for (PartitionControl partition : partitions.all()) {
      CopySession session = partition.session();
      if (session == null || isHeldBack(session)) {
        partition.figures().endNotReturned();
      }
    }
  }

  /** Whether reading was paused by the engine, for so long that the reader's last end is old. */
  private boolean isHeldBack(CopySession session) {
    return link.time().nanoTime() - session.heldBackNanos() > HELD_BACK;
  }

  /** Whether the end has to be requested. A reader doesn't repeat an end that became unknown. */
  private boolean needsEnd(PartitionControl partition) {
    CopySession session = partition.session();
    return session == null
        || partition.figures().state() == PartitionState.RETRYING
        || partition.figures().sourceEnd() == SourceEnd.UNKNOWN
        || isHeldBack(session);
  }

  /**
   * Requests the ends of all partitions; {@link SourceEnd#UNKNOWN} if the source didn't return one.
   */
  public void requestAll(
      Consumer<Map<TopicPartition, Long>> onAnswer, Consumer<RuntimeException> onFailure) {
    Set<TopicPartition> all = new HashSet<>();
    for (PartitionControl partition : partitions.all()) {
      if (!partition.life().isGone()) {
        all.add(partition.partition());
      }
    }
    calls.call(
        () -> resolve(all),
        returned -> {
          set(all, returned);
          Map<TopicPartition, Long> ends = new HashMap<>();
          all.forEach(partition -> ends.put(partition, SourceEnd.UNKNOWN));
          returned.ends().forEach((partition, end) -> ends.put(partition, end.offset()));
          onAnswer.accept(ends);
        },
        cause -> {
          set(all, Returned.NOTHING);
          onFailure.accept(cause);
        });
  }

  private void set(Set<TopicPartition> asked, Returned returned) {
    for (PartitionControl partition : partitions.all()) {
      if (asked.contains(partition.partition()) && needsEnd(partition)) {
        SourcePosition end = returned.ends().get(partition.partition());
        if (end == null) {
          partition.figures().endNotReturned();
        } else {
          partition.figures().endReturned(end, returned.askedAtMs());
        }
      }
    }
  }
}
