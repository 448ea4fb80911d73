package dev.twinlog.internal.engine.partition;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningDelayed;
import dev.twinlog.internal.engine.partition.SessionEvent.AtSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.BehindSourceEnd;
import dev.twinlog.internal.engine.partition.SessionEvent.SourceUnavailable;
import dev.twinlog.internal.engine.partition.SessionEvent.WritesStalled;
import dev.twinlog.internal.engine.shared.CurrentGuarantee;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Observes how sessions are doing: whether they have reached the source's end, stall or are
 * unavailable, and under which guarantee they run. Confined to the control thread.
 */
final class PartitionMonitor {
  private static final Duration STALL = Duration.ofSeconds(5);

  /** How long reading may be paused until what was last reported of the end is too old. */
  private static final long LONG_HELD = Duration.ofSeconds(1).toNanos();

  private static final Duration LONG_RETRYING = Duration.ofSeconds(30);

  private final Link link;

  /**
   * The known source ends at the previous tick: a partition is caught up when it has reached it.
   */
  private final Map<TopicPartition, Long> previousEnds = new HashMap<>();

  /** Since when partitions are retrying. */
  private final Map<TopicPartition, Long> retryingSince = new HashMap<>();

  /** Retrying partitions of which a warning was logged. */
  private final Set<TopicPartition> warned = new HashSet<>();

  private boolean stalled;

  PartitionMonitor(Link link) {
    this.link = link;
  }

  /** Whether writes stalled since the last call, so that the target has to be checked. */
  boolean takeStalled() {
    boolean was = stalled;
    stalled = false;
    return was;
  }

  /** Forgets a partition that left the link. */
  void forget(TopicPartition source) {
    previousEnds.remove(source);
    retryingSince.remove(source);
    warned.remove(source);
  }

  /** Prepares the figures for a session. */
  void sessionBegins(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    PartitionFigures figures = partition.figures();
    figures.lastAnswer(null);
    figures.copiedNext(session.startsAt());
    figures.unavailable(null); // the end is known from the reports of this session's reader
    previousEnds.remove(partition.partition());
    updateGuarantee(partition, session, guarantees);
  }

  /** A session has ended: its reader reports nothing any more, and the end is requested instead. */
  static void sessionEnded(PartitionFigures figures) {
    if (figures.sourceError() != null) {
      figures.unavailable(null);
    }
  }

  /** Observes all partitions; about twice a second. */
  void tick(Partitions partitions) {
    Collection<PartitionControl> all = partitions.all();
    long now = link.time().nanoTime();
    Map<Route, Guarantee> guarantees = CurrentGuarantee.ask(link.settings());
    for (PartitionControl partition : all) {
      CopySession session = partition.session();
      if (session == null) {
        RetriableException answer = partition.figures().lastAnswer();
        if (answer != null) {
          partitions.apply(partition, new OpeningDelayed(answer));
        }
      } else {
        // including one that is ending: its writes in flight may take long
        partitions.apply(partition, observe(partition, session, now));
        if (!session.isClosed()) {
          updateGuarantee(partition, session, guarantees);
        }
      }
      warnOfRetrying(partition, now);
      previousEnds.put(partition.partition(), partition.figures().sourceEnd());
    }
  }

  /** Logs a warning, once, for a partition that keeps retrying. */
  private void warnOfRetrying(PartitionControl partition, long now) {
    TopicPartition source = partition.partition();
    PartitionFigures figures = partition.figures();
    if (figures.state() != PartitionState.RETRYING) {
      retryingSince.remove(source);
      warned.remove(source);
      return;
    }
    long retrying = now - retryingSince.computeIfAbsent(source, first -> now);
    if (retrying > LONG_RETRYING.toNanos() && warned.add(source)) {
      link.warnOfRetrying(source, Duration.ofNanos(retrying), figures.reason());
    }
  }

  private void updateGuarantee(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    PartitionFigures figures = partition.figures();
    CurrentGuarantee before = figures.guarantee();
    CurrentGuarantee now =
        CurrentGuarantee.of(link.settings(), figures, session.routes().routes(), guarantees);
    if (!now.equals(before)) {
      figures.guarantee(now);
      link.metrics()
          .guarantee(partition.partition(), now.guarantee() == DeliveryGuarantee.EXACTLY_ONCE);
    }
  }

  /** Observes one session. */
  SessionEvent observe(PartitionControl partition, CopySession session, long now) {
    PartitionFigures figures = partition.figures();
    long oldest = session.oldestWriteNanos();
    if (oldest != Long.MAX_VALUE && now - oldest > STALL.toNanos()) {
      stalled = true;
      return stall(figures.lastAnswer());
    }
    RetriableException error = figures.sourceError();
    if (error != null) {
      return new SourceUnavailable(error);
    }
    if (isAtSourceEnd(partition) && now - session.heldBackNanos() <= LONG_HELD) {
      figures.atSourceEnd();
      return new AtSourceEnd();
    }
    return new BehindSourceEnd(figures.copiedNext() > session.startsAt());
  }

  private static WritesStalled stall(@Nullable RetriableException answer) {
    String text =
        "no acknowledgement for %d s%s; the sink is still retrying"
            .formatted(STALL.toSeconds(), answer == null ? "" : ": " + answer.getMessage());
    return new WritesStalled(text, answer);
  }

  /** Whether the source's end is known, and its end of about a second ago is copied. */
  private boolean isAtSourceEnd(PartitionControl partition) {
    long end = partition.figures().sourceEnd();
    long before =
        Optional.ofNullable(previousEnds.get(partition.partition()))
            .orElse(PartitionFigures.UNKNOWN);
    return end != PartitionFigures.UNKNOWN
        && partition.figures().copiedNext()
            >= (before == PartitionFigures.UNKNOWN ? end : Math.min(before, end));
  }
}
