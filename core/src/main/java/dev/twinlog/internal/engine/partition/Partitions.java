package dev.twinlog.internal.engine.partition;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.lane.LaneSet;
import dev.twinlog.internal.engine.ownership.Claim;
import dev.twinlog.internal.engine.partition.ClosingEvent.ClaimEnded;
import dev.twinlog.internal.engine.partition.ClosingEvent.CloseRequested;
import dev.twinlog.internal.engine.partition.ClosingEvent.LinkEnded;
import dev.twinlog.internal.engine.partition.OpeningEvent.Opened;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningBegun;
import dev.twinlog.internal.engine.partition.OpeningEvent.OpeningFailed;
import dev.twinlog.internal.engine.partition.OpeningEvent.Rewound;
import dev.twinlog.internal.engine.partition.PartitionEvent.RetryTimes;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Retrying;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.internal.engine.partition.PartitionLife.Waiting;
import dev.twinlog.internal.engine.partition.SessionEvent.SessionEnded;
import dev.twinlog.internal.engine.partition.SourceEvent.Recreated;
import dev.twinlog.internal.engine.partition.UserEvent.PauseRequested;
import dev.twinlog.internal.engine.recovery.Rewind;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a link. Applies events to them: the next state is that of {@link
 * PartitionEvent#from}, or what {@link LossPolicy} or {@link RefusalPolicy} makes of it, and {@link
 * PartitionEffects} carries out what the transition causes. Confined to the control thread.
 */
public final class Partitions implements Opener.Outcome {
  private final Link link;
  private final LaneSet lanes;
  private final RetryTimes times;
  private final LossPolicy losses;
  private final RefusalPolicy refusals;
  private final PartitionMonitor monitor;
  private final PartitionEffects effects;
  private final SkippedRecords skips;
  private final Map<TopicPartition, PartitionControl> all = new LinkedHashMap<>();

  /**
   * What was dropped with its claim and has not ended: until then the partition is not opened
   * again, since a lane has one session of a partition at a time.
   */
  private final Map<TopicPartition, Dropped> dropped = new HashMap<>();

  /**
   * A partition whose claim has ended.
   *
   * @param session its session; null if it was being opened
   */
  private record Dropped(PartitionControl partition, @Nullable CopySession session) {}

  public Partitions(
      Link link, LaneSet lanes, Backoff backoff, Consumer<ReplicationException> onLinkFailure) {
    this.link = link;
    this.lanes = lanes;
    this.times = new Times(link.time(), backoff);
    this.losses = new LossPolicy(link.settings().get(LinkOptions.TOPIC_SYNC).onGap());
    this.refusals = new RefusalPolicy(link.settings().get(LinkOptions.DEAD_LETTERS));
    this.monitor = new PartitionMonitor(link);
    this.effects = new PartitionEffects(link, lanes, monitor, onLinkFailure);
    this.skips = new SkippedRecords(effects);
  }

  private record Times(LinkTime time, Backoff backoff) implements RetryTimes {
    @Override
    public long nowNanos() {
      return time.nanoTime();
    }

    @Override
    public Duration backoff(int failures) {
      return backoff.after(failures);
    }
  }

  public Collection<PartitionControl> all() {
    return all.values();
  }

  public @Nullable PartitionControl find(TopicPartition partition) {
    return all.get(partition);
  }

  // Events.

  /** Applies an event to a partition. */
  public void apply(PartitionControl partition, PartitionEvent event) {
    Step step = refusals.apply(losses.apply(event.from(partition.life(), times), times));
    partition.life(step.next());
    step.effects().forEach(effect -> effects.run(partition, effect));
    assert partition.figures().state() == partition.life().shown()
        : "%s is shown as %s: %s"
            .formatted(partition.partition(), partition.figures().state(), partition.life());
  }

  /** Applies an event to a partition, if it is part of the link. */
  public void apply(TopicPartition source, PartitionEvent event) {
    PartitionControl partition = all.get(source);
    if (partition != null) {
      apply(partition, event);
    }
  }

  /** Applies an event to all partitions. */
  public void applyToAll(PartitionEvent event) {
    all.values().forEach(partition -> apply(partition, event));
  }

  /** Applies an event to all partitions of these topics. */
  public void applyTo(Predicate<String> topics, PartitionEvent event) {
    all.values().stream()
        .filter(partition -> topics.test(partition.topic()))
        .forEach(partition -> apply(partition, event));
  }

  /** The lane has lost its reader: its sessions end and are retried. */
  public void laneLost(Lane lane, ReplicationException cause) {
    for (PartitionControl partition : all.values()) {
      if (partition.lane() == lane) {
        apply(partition, new SessionEvent.LaneLost(cause));
      }
    }
  }

  /** Whether a session runs in the lane. */
  public boolean isUsed(Lane lane) {
    return all.values().stream()
            .anyMatch(partition -> partition.session() != null && partition.lane() == lane)
        || dropped.values().stream().anyMatch(one -> one.partition().lane() == lane);
  }

  /**
   * Leaves a record out of the copy of a partition that is paused or stopped.
   *
   * @return the progress to save; empty if there is no such partition, or nothing has changed
   */
  public Optional<Progress> skip(TopicPartition source, long offset) {
    PartitionControl partition = all.get(source);
    return partition == null ? Optional.empty() : skips.skip(partition, offset);
  }

  /** The records that are left out. */
  public SkippedRecords skips() {
    return skips;
  }

  /** The partitions whose record is to be written to the dead-letter topic, or is being so. */
  public List<PartitionControl> refused() {
    return all.values().stream()
        .filter(partition -> partition.life() instanceof PartitionLife.Refused)
        .toList();
  }

  // Adding and removing.

  /** Adds a partition that a claim owns, with the progress that the claim has. */
  public PartitionControl add(Claim claim, SourcePartition source, StartPosition start) {
    TopicPartition partition = source.partition();
    Lane lane = lanes.of(partition);
    PartitionFigures figures = link.addFigures(partition);
    Optional<Progress> progress = claim.progress(source);
    PartitionControl control =
        new PartitionControl(claim, figures, lane, CopyPosition.of(source, start, progress));
    progress.ifPresent(saved -> show(saved, figures));
    figures.endsExactly(progress.map(Progress::clean).orElse(false));
    all.put(partition, control);
    if (link.state().get().isPaused()) {
      apply(control, new PauseRequested("the link is paused"));
    } else if (link.pausedTopics().contains(partition.topic())) {
      apply(control, new PauseRequested("its topic is paused"));
    }
    return control;
  }

  private static void show(Progress saved, PartitionFigures figures) {
    figures.copiedNext(saved.sourceNext());
    figures.skipped(saved.skipped());
    figures.sourceEpoch(saved.sourceLeaderEpoch());
    saved.routes().stream()
        .mapToLong(route -> route.targetNext())
        .filter(next -> next > 0)
        .max()
        .ifPresent(figures::targetNext);
  }

  /** Removes an idle partition from the link. */
  public void remove(PartitionControl partition, String reason) {
    leave(partition);
    link.removeFigures(partition.partition(), reason);
  }

  private void leave(PartitionControl partition) {
    all.remove(partition.partition());
    monitor.forget(partition.partition());
    partition.position().progress().stream()
        .flatMap(progress -> progress.routes().stream())
        .forEach(route -> link.forgetTargetEnd(route.route()));
  }

  /** The partition of a moved topic is shown, and not part of the link. */
  public void showMoved(Claim claim, SourcePartition source, String reason) {
    PartitionFigures figures = link.addFigures(source.partition());
    claim.progress(source).ifPresent(saved -> show(saved, figures));
    figures.moved(reason);
  }

  /** Takes idle partitions of moved topics out of the link; they are shown as moved. */
  public void moved(Predicate<String> topics, String reason) {
    for (PartitionControl partition : List.copyOf(all.values())) {
      if (topics.test(partition.topic())) {
        partition.position().progress().ifPresent(partition.claim()::keep);
        leave(partition);
        partition.figures().moved(reason);
      }
    }
  }

  // Claims.

  /** The partitions of a claim. */
  public List<PartitionControl> of(Claim claim) {
    return all.values().stream().filter(partition -> partition.claim() == claim).toList();
  }

  /** Drains the sessions of a claim; its partitions are no longer opened or retried. */
  public void drain(Claim claim) {
    of(claim).forEach(partition -> apply(partition, new CloseRequested()));
  }

  /** Ends the sessions of a claim that are not drained yet. */
  public void abort(Claim claim, ReplicationException cause) {
    of(claim).forEach(partition -> apply(partition, new SessionEvent.DrainTimedOut(cause)));
  }

  /** Removes the partitions of a claim from the link, with what they have read. */
  public void drop(Claim claim, ReplicationException cause) {
    for (PartitionControl partition : of(claim)) {
      if (!partition.isIdle()) {
        dropped.put(partition.partition(), new Dropped(partition, partition.session()));
      }
      apply(partition, new ClaimEnded(cause));
      remove(partition, String.valueOf(cause.getMessage()));
    }
  }

  /** The opening of a partition has ended. */
  private void openingEnded(PartitionControl partition) {
    dropped.values().removeIf(known -> known.partition() == partition && known.session() == null);
  }

  // Opening.

  /** The partitions that are due to be opened now. */
  public List<PartitionControl> due(long nowNanos) {
    List<PartitionControl> due = new ArrayList<>();
    for (PartitionControl partition : all.values()) {
      boolean isDue =
          partition.life() instanceof Waiting
              || (partition.life() instanceof Retrying retrying
                  && retrying.untilNanos() <= nowNanos);
      if (isDue && !dropped.containsKey(partition.partition())) {
        due.add(partition);
      }
    }
    return due;
  }

  /** When the next retry is due. */
  public long nextDueNanos() {
    long next = Long.MAX_VALUE;
    for (PartitionControl partition : all.values()) {
      if (partition.life() instanceof Retrying retrying) {
        next = Math.min(next, retrying.untilNanos());
      }
    }
    return next;
  }

  @Override
  public void begun(PartitionControl partition) {
    partition
        .figures()
        .endsExactly(partition.position().progress().map(Progress::clean).orElse(false));
    apply(partition, new OpeningBegun());
  }

  @Override
  public void rewound(PartitionControl partition, Rewind rewind) {
    Route route = rewind.route();
    partition.figures().copiedNext(rewind.sourceOffset());
    apply(
        partition,
        new Rewound(
            "%s lost all records from offset %d on: copying again from source offset %d on"
                .formatted(route.target(), rewind.survivingEnd(), rewind.sourceOffset())));
    link.metrics().rewound(partition.partition());
    link.events()
        .post(
            listener ->
                listener.targetRewound(
                    partition.partition(), route, rewind.survivingEnd(), rewind.sourceOffset()));
  }

  @Override
  public void repeats(PartitionControl partition, long sourceOffset, long records) {
    partition
        .figures()
        .repeated(
            "%d records that the target had were copied again from source offset %d on, and may be there twice"
                .formatted(records, sourceOffset));
    TopicPartition source = partition.partition();
    link.events().post(listener -> listener.repeating(source, sourceOffset, records));
  }

  @Override
  public void opened(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    openingEnded(partition);
    apply(partition, new Opened(session, guarantees));
  }

  @Override
  public void failed(PartitionControl partition, ReplicationException cause, boolean compacted) {
    openingEnded(partition);
    apply(partition, new OpeningFailed(cause, compacted));
  }

  @Override
  public void recreated(PartitionControl partition, SourcePartition successor) {
    GapException cause = successor(partition, successor);
    failed(partition, cause, false);
  }

  /** Discovery has found that the source topic was deleted and created again. */
  public void foundRecreated(PartitionControl partition, SourcePartition successor) {
    apply(partition, new Recreated(successor(partition, successor)));
  }

  private static GapException successor(PartitionControl partition, SourcePartition successor) {
    partition.position(partition.position().recreated(successor));
    return new GapException(partition.partition(), partition.copiedUpTo(), 0, GapCause.RECREATED);
  }

  // Sessions.

  /** A session has ended; false if it is no longer the partition's session. */
  public boolean sessionEnded(
      CopySession session, Progress last, @Nullable ReplicationException cause) {
    dropped.values().removeIf(known -> known.session() == session);
    PartitionControl partition = all.get(session.source());
    if (partition == null || partition.session() != session) {
      return false;
    }
    partition.position(partition.position().at(skips.withoutReplaced(partition, last, cause)));
    partition.figures().endsExactly(last.clean() || isRefusal(cause));
    PartitionMonitor.sessionEnded(partition.figures());
    boolean moved = last.sourceNext() > session.startsAt();
    apply(partition, new SessionEnded(moved, session.isCompacted(), cause));
    return true;
  }

  /** Whether nothing was written at and behind the record that has ended a session. */
  private static boolean isRefusal(@Nullable ReplicationException cause) {
    return cause instanceof PartitionFailedException && !(cause instanceof LossException);
  }

  /** Whether a session is the one of its partition now, and not of a claim that has ended. */
  public boolean isCurrent(CopySession session) {
    PartitionControl partition = all.get(session.source());
    return partition != null && partition.session() == session;
  }

  /** A reader reports that a partition is unavailable, or available again. */
  public void sourceAvailabilityChanged(CopySession session) {
    PartitionControl partition = all.get(session.source());
    if (partition != null && partition.session() == session && !session.isClosed()) {
      apply(partition, monitor.observe(partition, session, link.time().nanoTime()));
    }
  }

  /** Updates the state of every partition; about twice a second. */
  public void tick() {
    monitor.tick(this);
  }

  /** Whether a route was fenced since the last call, so that the ownership has to be proved. */
  public boolean takeFenced() {
    return effects.takeFenced();
  }

  /** Whether writes stalled since the last call, so that the target has to be checked. */
  public boolean takeSuspicion() {
    return monitor.takeStalled();
  }

  // Reaching the source's end.

  /** Whether the partition is no longer at the source. */
  public boolean isGone(TopicPartition source) {
    PartitionControl partition = all.get(source);
    return partition == null || partition.life().isGone();
  }

  /**
   * Whether all records before {@code end}, an end that the source returned on request, are in the
   * target, and the status shows it: the partition is available, and its reader has reported at
   * least that end. The reader of a paused partition reports nothing, so its report is not
   * required.
   */
  public boolean hasReached(TopicPartition source, long end) {
    PartitionControl partition = all.get(source);
    if (partition == null) {
      return false;
    }
    PartitionFigures figures = partition.figures();
    boolean shown =
        partition.session() == null
            ? figures.state() == PartitionState.PAUSED
            : figures.sourceError() == null && figures.sourceEnd() >= end;
    return figures.copiedNext() >= end && shown;
  }

  /**
   * The error of the first stopped partition, which can't catch up without the user; null if none.
   */
  public @Nullable ReplicationException firstStopped() {
    for (PartitionControl partition : all.values()) {
      if (partition.life() instanceof Stopped stopped) {
        return new PartitionFailedException(
            partition.partition() + " is stopped: " + partition.figures().reason(),
            stopped.cause());
      }
    }
    return null;
  }

  // Closing.

  /** Drains every session; partitions are no longer opened or retried. */
  public void drainAll() {
    applyToAll(new CloseRequested());
  }

  public boolean isDrained() {
    return all.values().stream().allMatch(PartitionControl::isIdle);
  }

  /** Whether the partitions of these topics are drained. */
  public boolean isDrained(Predicate<String> topics) {
    return all.values().stream()
        .filter(partition -> topics.test(partition.topic()))
        .allMatch(PartitionControl::isIdle);
  }

  /** Whether all partitions of a claim are drained. */
  public boolean isDrained(Claim claim) {
    return of(claim).stream().allMatch(PartitionControl::isIdle);
  }

  /** The last checkpoints, for the last save. */
  public List<Progress> lastProgress() {
    return lastProgress(all.values());
  }

  /** The last checkpoints of the partitions of these topics. */
  public List<Progress> lastProgress(Predicate<String> topics) {
    return lastProgress(
        all.values().stream().filter(partition -> topics.test(partition.topic())).toList());
  }

  /** The last checkpoints of the partitions of a claim. */
  public List<Progress> lastProgress(Claim claim) {
    return lastProgress(of(claim));
  }

  private static List<Progress> lastProgress(Collection<PartitionControl> partitions) {
    List<Progress> last = new ArrayList<>();
    for (PartitionControl partition : partitions) {
      if (partition.session() == null) {
        partition.position().progress().ifPresent(last::add);
      }
    }
    return last;
  }

  /**
   * Ends all partitions with the link: none of them is copied any more, and their source ends are
   * unknown. Only the event of the link is posted.
   */
  public void linkEnded(LinkState last, String reason, @Nullable ReplicationException cause) {
    String at = link.time().clock().instant().truncatedTo(ChronoUnit.MILLIS).toString();
    for (PartitionControl partition : all.values()) {
      PartitionFigures figures = partition.figures();
      if (partition.life().shown() == PartitionState.STOPPED) {
        ReplicationException why = figures.cause().orElse(cause);
        apply(partition, new LinkEnded(PartitionState.STOPPED, figures.reason(), why));
      } else if (last == LinkState.STOPPED) {
        String was =
            "closed at %s, when it was %s at %d of %s"
                .formatted(at, figures.state(), figures.copiedNext(), text(figures.sourceEnd()));
        apply(partition, new LinkEnded(PartitionState.CLOSED, was, null));
      } else {
        String what = last == LinkState.FENCED ? "link fenced: " : "link failed: ";
        apply(partition, new LinkEnded(PartitionState.STOPPED, what + reason, cause));
      }
    }
  }

  private static String text(long end) {
    return end == PartitionFigures.UNKNOWN ? "unknown" : Long.toString(end);
  }
}
