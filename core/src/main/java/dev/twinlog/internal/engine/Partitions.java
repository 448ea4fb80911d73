package dev.twinlog.internal.engine;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of a link, with the state changes of each: opened, copying, retrying, stopped,
 * paused, resumed. Decides what follows the end of a session. Confined to the control thread.
 */
final class Partitions implements Opener.Outcome {
  private static final Duration STALL = Duration.ofSeconds(5);
  private static final Duration LONG_RETRYING = Duration.ofSeconds(30);

  private final Link link;
  private final List<Lane> lanes;
  private final Backoff backoff;
  private final Consumer<ReplicationException> onLinkFailure;
  private final Map<TopicPartition, PartitionControl> all = new LinkedHashMap<>();
  private boolean pausedAll;
  private boolean suspicious;
  private boolean fenced;
  private boolean closing;

  Partitions(
      Link link, List<Lane> lanes, Backoff backoff, Consumer<ReplicationException> onLinkFailure) {
    this.link = link;
    this.lanes = lanes;
    this.backoff = backoff;
    this.onLinkFailure = onLinkFailure;
  }

  Collection<PartitionControl> all() {
    return all.values();
  }

  @Nullable PartitionControl find(TopicPartition partition) {
    return all.get(partition);
  }

  // Adding and removing.

  void add(SourcePartition source, @Nullable Progress progress, StartPosition start) {
    TopicPartition partition = source.partition();
    Lane lane = lanes.get(Math.floorMod(partition.hashCode(), lanes.size()));
    PartitionControl control =
        new PartitionControl(link.addFigures(partition), lane, source, start);
    control.progress = progress;
    control.paused = pausedAll;
    if (progress != null) {
      control.figures.copiedNext(progress.sourceNext());
      progress.routes().stream()
          .mapToLong(route -> route.targetNext())
          .filter(next -> next > 0)
          .max()
          .ifPresent(control.figures::targetNext);
    }
    all.put(partition, control);
    if (pausedAll) {
      control.figures.moveTo(PartitionState.PAUSED, "the link is paused", null);
    }
  }

  /** Removes an idle partition from the link. */
  void remove(PartitionControl partition, String reason) {
    all.remove(partition.partition());
    link.removeFigures(partition.partition(), reason);
  }

  /** The source topic was deleted and recreated. */
  @Override
  public void recreated(PartitionControl partition, SourcePartition successor) {
    partition.successor = successor;
    Progress progress = partition.progress;
    long from =
        progress == null ? 0 : Math.max(progress.sourceNext(), partition.figures.copiedNext());
    GapException cause = new GapException(partition.partition(), from, 0, GapCause.RECREATED);
    if (partition.isIdle() && partition.figures.state() == PartitionState.STOPPED) {
      stop(partition, cause); // again, since this is the loss that would be accepted now
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  // Opening.

  /** The partitions that are due to be opened now. */
  List<PartitionControl> due(long nowNanos) {
    List<PartitionControl> due = new ArrayList<>();
    for (PartitionControl partition : all.values()) {
      PartitionState state = partition.figures.state();
      boolean waits =
          state == PartitionState.OPENING
              || (state == PartitionState.RETRYING && partition.retryAtNanos <= nowNanos);
      if (partition.isIdle() && !partition.paused && !partition.gone && waits) {
        due.add(partition);
      }
    }
    return due;
  }

  /** When the next retry is due. */
  long nextDueNanos() {
    long next = Long.MAX_VALUE;
    for (PartitionControl partition : all.values()) {
      if (partition.isIdle()
          && !partition.paused
          && !partition.gone
          && partition.figures.state() == PartitionState.RETRYING) {
        next = Math.min(next, partition.retryAtNanos);
      }
    }
    return next;
  }

  @Override
  public void rewound(PartitionControl partition, Rewind rewind) {
    Route route = rewind.route();
    partition.figures.copiedNext(rewind.sourceOffset());
    partition.figures.moveTo(
        PartitionState.OPENING,
        "%s lost all records from offset %d on: copying again from source offset %d on"
            .formatted(route.target(), rewind.survivingEnd(), rewind.sourceOffset()),
        null);
    link.metrics().rewound(partition.partition());
    link.events()
        .post(
            listener ->
                listener.targetRewound(
                    partition.partition(), route, rewind.survivingEnd(), rewind.sourceOffset()));
  }

  @Override
  public void repeats(PartitionControl partition, long sourceOffset, long records) {
    partition.figures.repeated(
        "%d records that the target had were copied again from source offset %d on, and may be there twice"
            .formatted(records, sourceOffset));
    TopicPartition source = partition.partition();
    link.events().post(listener -> listener.repeating(source, sourceOffset, records));
  }

  @Override
  public void opened(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    partition.lossAccepted = false;
    partition.repeatsAccepted = false;
    if (partition.paused || closing || partition.stopWith != null) {
      ended(partition, partition.stopWith);
      return;
    }
    partition.session = session;
    partition.shownSourceError = null;
    partition.figures.lastAnswer(null);
    partition.figures.copiedNext(session.startsAt());
    partition.figures.unavailable(
        null); // the end is known from the reports of this session's reader
    partition.previousEnd = PartitionFigures.UNKNOWN;
    updateGuarantee(partition, session, guarantees);
    if (partition.figures.state() == PartitionState.OPENING) {
      partition.figures.moveTo(
          PartitionState.COPYING, "opened at source offset " + session.startsAt(), null);
    }
    partition.lane.open(session);
  }

  @Override
  public void failed(PartitionControl partition, ReplicationException cause) {
    ended(partition, endCause(partition, cause));
  }

  // Ending.

  /** A session has ended; false if it is no longer the partition's session. */
  boolean sessionEnded(CopySession session, Progress last, @Nullable ReplicationException cause) {
    PartitionControl partition = all.get(session.source());
    if (partition == null || partition.session != session) {
      return false;
    }
    partition.session = null;
    partition.progress = last;
    if (partition.figures.sourceError() != null) {
      partition.shownSourceError = null;
      partition.figures.unavailable(null); // its reader has stopped; the end is requested instead
    }
    if (last.sourceNext() > session.startsAt()) {
      partition.failures = 0;
    }
    ended(partition, endCause(partition, cause));
    return true;
  }

  /** Selects the cause: that of a requested stop, unless the session failed with a stronger one. */
  private @Nullable ReplicationException endCause(
      PartitionControl partition, @Nullable ReplicationException cause) {
    // a route's fence may come from a former owner: the store knows who owns the link
    fenced |= isFence(cause);
    ReplicationException wanted = partition.stopWith;
    boolean explained = partition.successor != null; // by a recreated topic
    boolean weaker = cause == null || cause instanceof RetriableException || explained;
    return wanted != null && weaker && !(cause instanceof LinkFailedException) ? wanted : cause;
  }

  private void ended(PartitionControl partition, @Nullable ReplicationException end) {
    partition.stopWith = null;
    if (closing) {
      return;
    }
    ReplicationException cause = end;
    if (end instanceof AlreadyWrittenMismatchException && partition.compacted) {
      // records in between may have been compacted; writing the rest again updates each key
      partition.repeatsAccepted = true;
      cause = null;
    }
    if (cause instanceof LinkFailedException) {
      onLinkFailure.accept(cause);
    } else if (cause instanceof RetriableException) {
      retry(partition, cause);
    } else if (cause != null) {
      stop(partition, cause);
    } else if (partition.paused) {
      partition.figures.moveTo(PartitionState.PAUSED, "paused", null);
    } else {
      partition.figures.moveTo(PartitionState.OPENING, "opening again", null);
    }
  }

  /** A route that was fenced while nothing was written to it says so at its next write. */
  private static boolean isFence(@Nullable ReplicationException cause) {
    return cause instanceof RouteFencedException
        || (cause != null && cause.getCause() instanceof RouteFencedException);
  }

  private void retry(PartitionControl partition, ReplicationException cause) {
    partition.failures++;
    Duration delay = backoff.after(partition.failures);
    partition.retryAtNanos = link.time().nanoTime() + delay.toNanos();
    noteRetry(partition, cause, "again in " + delay.toMillis() + " ms: " + cause.getMessage());
    link.events().post(listener -> listener.retrying(partition.partition(), cause, delay));
    if (partition.paused) {
      partition.figures.moveTo(PartitionState.PAUSED, "paused", null);
    }
  }

  private void noteRetry(PartitionControl partition, ReplicationException cause, String reason) {
    partition.figures.moveTo(PartitionState.RETRYING, reason, cause);
    partition.figures.countRetry();
    link.metrics().retried(partition.partition());
  }

  private void stop(PartitionControl partition, ReplicationException cause) {
    partition.figures.moveTo(PartitionState.STOPPED, String.valueOf(cause.getMessage()), cause);
    link.metrics().failed(partition.partition());
    TopicPartition source = partition.partition();
    if (cause instanceof GapException gap) {
      link.events().post(listener -> listener.gap(source, gap.from(), gap.to(), gap.gap()));
    }
    link.events().post(listener -> listener.partitionStopped(source, cause));
  }

  /**
   * Ends all partitions with the link: none of them is copied any more, and their source ends are
   * unknown. Only the event of the link is posted.
   */
  void linkEnded(LinkState last, String reason, @Nullable ReplicationException cause) {
    String at = link.time().clock().instant().truncatedTo(ChronoUnit.MILLIS).toString();
    for (PartitionControl partition : all.values()) {
      PartitionFigures figures = partition.figures;
      if (figures.state() == PartitionState.STOPPED) {
        figures.close(PartitionState.STOPPED, figures.reason(), figures.cause().orElse(cause));
      } else if (last == LinkState.STOPPED) {
        String was =
            "closed at %s, when it was %s at %d of %s"
                .formatted(at, figures.state(), figures.copiedNext(), text(figures.sourceEnd()));
        figures.close(PartitionState.CLOSED, was, null);
      } else {
        String what = last == LinkState.FENCED ? "link fenced: " : "link failed: ";
        figures.close(PartitionState.STOPPED, what + reason, cause);
      }
    }
  }

  private static String text(long end) {
    return end == PartitionFigures.UNKNOWN ? "unknown" : Long.toString(end);
  }

  /** Stops the partition after all records that were read are written. */
  void stopAfterDrain(PartitionControl partition, ReplicationException cause) {
    CopySession session = partition.session;
    if (session != null || partition.opening) {
      partition.stopWith = cause;
      if (session != null) {
        partition.lane.reader().drain(session);
      }
    } else if (partition.figures.state() != PartitionState.STOPPED) {
      stop(partition, cause);
    }
  }

  /** Stops the partition without waiting for writes that may never complete. */
  void abort(PartitionControl partition, ReplicationException cause) {
    CopySession session = partition.session;
    if (session != null) {
      partition.lane.writer().abort(session, cause);
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  /** Drains the session, after which the partition is opened again. */
  void reopen(PartitionControl partition) {
    CopySession session = partition.session;
    if (session != null) {
      partition.lane.reader().drain(session);
    }
  }

  /** The lane has lost its reader or writer: its sessions end and are retried. */
  void laneLost(Lane lane, ReplicationException cause) {
    for (PartitionControl partition : all.values()) {
      CopySession session = partition.session;
      if (partition.lane == lane && session != null) {
        lane.writer().end(session, cause);
      }
    }
  }

  /** Retries partitions later for which the loop check failed. */
  void retryLoopsLater(ReplicationException cause) {
    for (PartitionControl partition : all.values()) {
      if (partition.loopSuspected && partition.isIdle()) {
        retry(partition, cause);
      }
    }
  }

  // Pausing and resuming.

  boolean isPausedAll() {
    return pausedAll;
  }

  void pauseAll() {
    pausedAll = true;
    all.values().forEach(this::pause);
  }

  /** Opens paused and stopped partitions again, except those that stopped for a loss. */
  void resumeAll() {
    pausedAll = false;
    for (PartitionControl partition : all.values()) {
      if (partition.loss() == null) {
        resume(partition);
      } else {
        partition.paused = false;
      }
    }
  }

  void pause(PartitionControl partition) {
    partition.paused = true;
    CopySession session = partition.session;
    if (session != null) {
      partition.lane.reader().drain(session);
    } else if (!partition.opening && partition.figures.state() != PartitionState.STOPPED) {
      partition.figures.moveTo(PartitionState.PAUSED, "paused", null);
    }
  }

  /** The partition is at the source again, with the same topic id. */
  void reappeared(PartitionControl partition) {
    if (partition.figures.cause().orElse(null) instanceof SourceGoneException) {
      partition.figures.moveTo(
          partition.paused ? PartitionState.PAUSED : PartitionState.OPENING,
          "at the source again",
          null);
    }
  }

  void resume(PartitionControl partition) {
    partition.paused = false;
    PartitionState state = partition.figures.state();
    if (!partition.isIdle() || partition.gone) {
      return; // opened again after draining, or when discovery finds it
    }
    if (state == PartitionState.STOPPED) {
      reopenStopped(partition);
    } else if (state == PartitionState.PAUSED) {
      partition.figures.moveTo(PartitionState.OPENING, "resumed", null);
    } else if (state == PartitionState.RETRYING) {
      partition.retryAtNanos = link.time().nanoTime();
    }
  }

  /** Opens a stopped partition again, unless its loss is certain. */
  private void reopenStopped(PartitionControl partition) {
    LossException loss = partition.loss();
    if (loss != null && !(loss instanceof AlreadyWrittenMismatchException)) {
      stop(partition, loss);
      return;
    }
    partition.loopSuspected =
        partition.figures.cause().orElse(null) instanceof RefusedTopicException;
    partition.failures = 0;
    partition.figures.moveTo(PartitionState.OPENING, "resumed after it had stopped", null);
  }

  /** Continues a stopped partition without the lost records; does nothing if it has no loss. */
  void acceptLoss(PartitionControl partition) {
    LossException loss = partition.loss();
    if (loss == null || !partition.isIdle() || partition.gone) {
      return;
    }
    Progress progress = partition.progress;
    long from =
        progress == null ? 0 : Math.max(progress.sourceNext(), partition.figures.copiedNext());
    long to = loss instanceof GapException gap ? gap.to() : from;
    partition.lossAccepted = loss instanceof TargetLostException;
    partition.repeatsAccepted =
        loss instanceof AlreadyWrittenMismatchException
            || (loss instanceof GapException gap && gap.unmatched() > 0);
    SourcePartition successor = partition.successor;
    if (successor != null) {
      switchTo(partition, successor);
    } else if (loss instanceof GapException gap && progress != null) {
      partition.figures.copiedNext(to);
      partition.progress =
          new Progress(
              progress.source(),
              to,
              progress.clean(),
              progress.stagesFingerprint(),
              progress.routes(),
              gap.epoch());
    }
    TopicPartition source = partition.partition();
    partition.figures.accepted("from %d to %d: %s".formatted(from, to, loss.getMessage()));
    link.events().post(listener -> listener.lossAccepted(source, from, to, loss));
    partition.failures = 0;
    partition.figures.moveTo(
        partition.paused ? PartitionState.PAUSED : PartitionState.OPENING,
        "its loss was accepted",
        null);
  }

  private static void switchTo(PartitionControl partition, SourcePartition successor) {
    partition.source = successor;
    partition.successor = null;
    partition.start = StartPosition.earliest();
    partition.progress = null;
    partition.recreationAccepted = true;
    partition.registrationDue = true;
    // the position of the former topic doesn't apply to this one
    partition.figures.copiedNext(PartitionFigures.UNKNOWN);
  }

  // Periodic update.

  /** Updates the state of every partition; about twice a second. */
  void tick() {
    long now = link.time().nanoTime();
    Map<Route, Guarantee> guarantees = CurrentGuarantee.ask(link.settings());
    for (PartitionControl partition : all.values()) {
      CopySession session = partition.session;
      if (session != null) {
        // including one that is ending: its writes in flight may take long
        updateState(partition, session, now);
        if (!session.isClosed()) {
          updateGuarantee(partition, session, guarantees);
        }
      } else if (partition.opening) {
        showOpening(partition.figures);
      }
      warnOfRetrying(partition, now);
      partition.previousEnd = partition.figures.sourceEnd();
    }
  }

  /** Logs a warning, once, for a partition that keeps retrying. */
  private void warnOfRetrying(PartitionControl partition, long now) {
    if (partition.figures.state() != PartitionState.RETRYING) {
      partition.retryingSinceNanos = PartitionControl.NOT_RETRYING;
      partition.retryingReported = false;
    } else if (partition.retryingSinceNanos == PartitionControl.NOT_RETRYING) {
      partition.retryingSinceNanos = now;
    } else if (!partition.retryingReported
        && now - partition.retryingSinceNanos > LONG_RETRYING.toNanos()) {
      partition.retryingReported = true;
      Duration since = Duration.ofNanos(now - partition.retryingSinceNanos);
      link.warnOfRetrying(partition.partition(), since, partition.figures.reason());
    }
  }

  private void updateGuarantee(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    PartitionFigures figures = partition.figures;
    CurrentGuarantee before = figures.guarantee();
    CurrentGuarantee now =
        CurrentGuarantee.of(link.settings(), figures, session.routes().routes(), guarantees);
    if (!now.equals(before)) {
      figures.guarantee(now);
      link.metrics()
          .guarantee(partition.partition(), now.guarantee() == DeliveryGuarantee.EXACTLY_ONCE);
    }
  }

  private void updateState(PartitionControl partition, CopySession session, long now) {
    PartitionFigures figures = partition.figures;
    PartitionState state = figures.state();
    long oldest = session.oldestWriteNanos();
    if (oldest != Long.MAX_VALUE && now - oldest > STALL.toNanos()) {
      showStall(partition, figures.lastAnswer());
      suspicious = true;
      return;
    }
    RetriableException error = figures.sourceError();
    if (error != null) {
      showUnavailable(partition, error);
      return;
    }
    boolean availableAgain = partition.shownSourceError != null;
    partition.shownSourceError = null;
    boolean moved = figures.copiedNext() > session.startsAt();
    if (isAtSourceEnd(partition)) {
      partition.failures = 0;
      figures.atSourceEnd();
      if (state != PartitionState.CAUGHT_UP) {
        figures.moveTo(PartitionState.CAUGHT_UP, "at the source's end", null);
      }
    } else if (state != PartitionState.COPYING
        && (moved || availableAgain || state == PartitionState.CAUGHT_UP)) {
      figures.moveTo(PartitionState.COPYING, "behind the source's end", null);
    }
  }

  /** The partition is unavailable to its reader: reported once for each cause. */
  private void showUnavailable(PartitionControl partition, RetriableException error) {
    if (partition.shownSourceError != error) {
      partition.shownSourceError = error;
      noteRetry(partition, error, String.valueOf(error.getMessage()));
      TopicPartition source = partition.partition();
      link.events().post(listener -> listener.retrying(source, error, Duration.ZERO));
    }
  }

  /** Whether the source's end is known, and its end of about a second ago is copied. */
  private static boolean isAtSourceEnd(PartitionControl partition) {
    long end = partition.figures.sourceEnd();
    long before = partition.previousEnd;
    return end != PartitionFigures.UNKNOWN
        && partition.figures.copiedNext()
            >= (before == PartitionFigures.UNKNOWN ? end : Math.min(before, end));
  }

  /** A reader reports that a partition is unavailable, or available again. */
  void sourceAvailabilityChanged(CopySession session) {
    PartitionControl partition = all.get(session.source());
    if (partition != null && partition.session == session && !session.isClosed()) {
      updateState(partition, session, link.time().nanoTime());
    }
  }

  /** Whether the partition is no longer at the source. */
  boolean isGone(TopicPartition source) {
    PartitionControl partition = all.get(source);
    return partition == null || partition.gone;
  }

  /**
   * Whether all records before {@code end}, an end that the source returned on request, are in the
   * target, and the status shows it: the partition is available, and its reader has reported at
   * least that end. The reader of a paused partition reports nothing, so its report is not
   * required.
   */
  boolean hasReached(TopicPartition source, long end) {
    PartitionControl partition = all.get(source);
    if (partition == null) {
      return false;
    }
    PartitionFigures figures = partition.figures;
    boolean shown =
        partition.session == null
            ? figures.state() == PartitionState.PAUSED
            : figures.sourceError() == null && figures.sourceEnd() >= end;
    return figures.copiedNext() >= end && shown;
  }

  /** Shows the last error of an opening while it is still retried. */
  private static void showOpening(PartitionFigures figures) {
    RetriableException answer = figures.lastAnswer();
    String text = answer == null ? figures.reason() : String.valueOf(answer.getMessage());
    if (figures.state() == PartitionState.OPENING && !text.equals(figures.reason())) {
      figures.moveTo(PartitionState.OPENING, text, answer);
    }
  }

  /** Shows a stalled write as RETRYING, with the last error that the sink reported. */
  private void showStall(PartitionControl partition, @Nullable RetriableException answer) {
    PartitionFigures figures = partition.figures;
    String text =
        "no acknowledgement for %d s%s; the sink is still retrying"
            .formatted(STALL.toSeconds(), answer == null ? "" : ": " + answer.getMessage());
    if (figures.state() != PartitionState.RETRYING || partition.shownSourceError != null) {
      partition.shownSourceError = null;
      noteRetry(partition, new RetriableException(text, answer), text);
    } else if (!text.equals(figures.reason())) {
      figures.moveTo(PartitionState.RETRYING, text, new RetriableException(text, answer));
    }
  }

  /** Whether a route was fenced since the last call, so that the ownership has to be proved. */
  boolean takeFenced() {
    boolean was = fenced;
    fenced = false;
    return was;
  }

  /** Whether writes stalled since the last call, so that the target has to be checked. */
  boolean takeSuspicion() {
    boolean was = suspicious;
    suspicious = false;
    return was;
  }

  // Closing.

  /** Drains every session; partitions are no longer opened or retried. */
  void drainAll() {
    closing = true;
    for (PartitionControl partition : all.values()) {
      CopySession session = partition.session;
      if (session != null) {
        partition.lane.reader().drain(session);
      }
    }
  }

  boolean isDrained() {
    return all.values().stream().allMatch(PartitionControl::isIdle);
  }

  /** The last checkpoints, for the last save. */
  List<Progress> lastProgress() {
    List<Progress> last = new ArrayList<>();
    for (PartitionControl partition : all.values()) {
      if (partition.progress != null && partition.session == null) {
        last.add(partition.progress);
      }
    }
    return last;
  }

  /**
   * The error of the first stopped partition, which can't catch up without the user; null if none.
   */
  @Nullable ReplicationException firstStopped() {
    for (PartitionControl partition : all.values()) {
      if (partition.figures.state() == PartitionState.STOPPED && !partition.gone) {
        ReplicationException cause = partition.figures.cause().orElse(null);
        return new PartitionFailedException(
            partition.partition() + " is stopped: " + partition.figures.view(0).reason(), cause);
      }
    }
    return null;
  }
}
