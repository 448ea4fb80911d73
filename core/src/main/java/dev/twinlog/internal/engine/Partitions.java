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
 * The partitions of a link and the life of each: opened, copying, retried, stopped, paused,
 * resumed. Decides what the end of a session means. Confined to the control thread.
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

  // Joining.

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

  /** An idle partition leaves the link. */
  void remove(PartitionControl partition, String reason) {
    all.remove(partition.partition());
    link.removeFigures(partition.partition(), reason);
  }

  /** The source's topic is not the one that was copied. */
  @Override
  public void recreated(PartitionControl partition, SourcePartition successor) {
    partition.successor = successor;
    Progress progress = partition.progress;
    long from =
        progress == null ? 0 : Math.max(progress.sourceNext(), partition.figures.copiedNext());
    GapException cause = new GapException(partition.partition(), from, 0, GapCause.RECREATED);
    if (partition.isIdle() && partition.figures.state() == PartitionState.STOPPED) {
      stop(partition, cause); // told again, since this is what would be accepted now
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  // Opening.

  /** Those that are due to be opened now. */
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

  /** When the next one is due. */
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
        "%s lost everything from offset %d on: copied again from source offset %d on"
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
        "%d records that the target held were copied again from source offset %d on, and may be there twice"
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
    partition.unheard = null;
    partition.figures.lastAnswer(null);
    partition.figures.copiedNext(session.startsAt());
    partition.figures.notHeard(
        null); // what is known of the end is what this session's reader hears
    partition.endBefore = PartitionFigures.UNKNOWN;
    assure(partition, session, guarantees);
    if (partition.figures.state() == PartitionState.OPENING) {
      partition.figures.moveTo(
          PartitionState.COPYING, "opened at source offset " + session.startsAt(), null);
    }
    partition.lane.open(session);
  }

  @Override
  public void failed(PartitionControl partition, ReplicationException cause) {
    ended(partition, verdict(partition, cause));
  }

  // Ending.

  /** A session is over; false if it was not the partition's session any more. */
  boolean sessionEnded(CopySession session, Progress last, @Nullable ReplicationException cause) {
    PartitionControl partition = all.get(session.source());
    if (partition == null || partition.session != session) {
      return false;
    }
    partition.session = null;
    partition.progress = last;
    if (partition.figures.sourceTrouble() != null) {
      partition.unheard = null;
      partition.figures.notHeard(null); // its reader tries no more; the source is asked instead
    }
    if (last.sourceNext() > session.startsAt()) {
      partition.failures = 0;
    }
    ended(partition, verdict(partition, cause));
    return true;
  }

  /** What ends a session that was to be stopped anyway: a fault that could be retried does not. */
  private @Nullable ReplicationException verdict(
      PartitionControl partition, @Nullable ReplicationException cause) {
    // a route's fence may come from a former owner: the store knows who owns the link
    fenced |= isFence(cause);
    ReplicationException wanted = partition.stopWith;
    boolean explained = partition.successor != null; // by the topic that was created again
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
      // records in between may have been compacted away; sending the rest again updates each key
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
   * The link has ended, and its partitions with it: none of them is copied any more, and nothing is
   * known of the source. The link's own event says so.
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

  /** Writes what was read, then stops the partition. */
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

  /** Stops the partition without waiting for writes that may never be answered. */
  void abort(PartitionControl partition, ReplicationException cause) {
    CopySession session = partition.session;
    if (session != null) {
      partition.lane.writer().abort(session, cause);
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  /** Ends the session and opens the partition again. */
  void reopen(PartitionControl partition) {
    CopySession session = partition.session;
    if (session != null) {
      partition.lane.reader().drain(session);
    }
  }

  /** The lane has lost its reader or writer: its sessions end and are tried again. */
  void laneLost(Lane lane, ReplicationException cause) {
    for (PartitionControl partition : all.values()) {
      CopySession session = partition.session;
      if (partition.lane == lane && session != null) {
        lane.writer().end(session, cause);
      }
    }
  }

  /** It can't be said now whether they still loop. */
  void retryLoopsLater(ReplicationException cause) {
    for (PartitionControl partition : all.values()) {
      if (partition.mayLoop && partition.isIdle()) {
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

  /** Opens what is paused or stopped again; what stopped for a loss stays as it is. */
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

  /** It is at the source again, and is the same one. */
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
      return; // what is still draining is opened again when it has, what is gone when it is back
    }
    if (state == PartitionState.STOPPED) {
      tryAgain(partition);
    } else if (state == PartitionState.PAUSED) {
      partition.figures.moveTo(PartitionState.OPENING, "resumed", null);
    } else if (state == PartitionState.RETRYING) {
      partition.retryAtNanos = link.time().nanoTime();
    }
  }

  /** What was lost for certain stays lost; all else is looked at again by opening it. */
  private void tryAgain(PartitionControl partition) {
    LossException loss = partition.loss();
    if (loss != null && !(loss instanceof AlreadyWrittenMismatchException)) {
      stop(partition, loss);
      return;
    }
    partition.mayLoop = partition.figures.cause().orElse(null) instanceof RefusedTopicException;
    partition.failures = 0;
    partition.figures.moveTo(PartitionState.OPENING, "resumed after it had stopped", null);
  }

  /** Goes on without what a stopped partition has lost; does nothing if it has lost nothing. */
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
      beginWith(partition, successor);
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

  private static void beginWith(PartitionControl partition, SourcePartition successor) {
    partition.source = successor;
    partition.successor = null;
    partition.start = StartPosition.earliest();
    partition.progress = null;
    partition.anew = true;
    partition.followed = true;
    // what was copied is no position of this topic
    partition.figures.copiedNext(PartitionFigures.UNKNOWN);
  }

  // The regular look.

  /** Brings every state up to date; about twice a second. */
  void tick() {
    long now = link.time().nanoTime();
    Map<Route, Guarantee> guarantees = CurrentGuarantee.ask(link.settings());
    for (PartitionControl partition : all.values()) {
      CopySession session = partition.session;
      if (session != null) {
        // one that is ending too: it waits for what it has sent, which may take long
        look(partition, session, now);
        if (!session.isClosed()) {
          assure(partition, session, guarantees);
        }
      } else if (partition.opening) {
        showOpening(partition.figures);
      }
      warnOfRetrying(partition, now);
      partition.endBefore = partition.figures.sourceEnd();
    }
  }

  /** What keeps retrying deserves someone's look: it is said once. */
  private void warnOfRetrying(PartitionControl partition, long now) {
    if (partition.figures.state() != PartitionState.RETRYING) {
      partition.retryingSinceNanos = PartitionControl.NOT_RETRYING;
      partition.toldRetrying = false;
    } else if (partition.retryingSinceNanos == PartitionControl.NOT_RETRYING) {
      partition.retryingSinceNanos = now;
    } else if (!partition.toldRetrying
        && now - partition.retryingSinceNanos > LONG_RETRYING.toNanos()) {
      partition.toldRetrying = true;
      Duration since = Duration.ofNanos(now - partition.retryingSinceNanos);
      link.warnOfRetrying(partition.partition(), since, partition.figures.reason());
    }
  }

  private void assure(
      PartitionControl partition, CopySession session, Map<Route, Guarantee> guarantees) {
    PartitionFigures figures = partition.figures;
    CurrentGuarantee before = figures.assurance();
    CurrentGuarantee now =
        CurrentGuarantee.of(link.settings(), figures, session.routes().routes(), guarantees);
    if (!now.equals(before)) {
      figures.assurance(now);
      link.metrics()
          .guarantee(partition.partition(), now.guarantee() == DeliveryGuarantee.EXACTLY_ONCE);
    }
  }

  private void look(PartitionControl partition, CopySession session, long now) {
    PartitionFigures figures = partition.figures;
    PartitionState state = figures.state();
    long oldest = session.oldestWriteNanos();
    if (oldest != Long.MAX_VALUE && now - oldest > STALL.toNanos()) {
      showStall(partition, figures.lastAnswer());
      suspicious = true;
      return;
    }
    RetriableException trouble = figures.sourceTrouble();
    if (trouble != null) {
      lookAtUnheard(partition, trouble);
      return;
    }
    boolean heardAgain = partition.unheard != null;
    partition.unheard = null;
    boolean moved = figures.copiedNext() > session.startsAt();
    if (isLevel(partition)) {
      partition.failures = 0;
      figures.level();
      if (state != PartitionState.CAUGHT_UP) {
        figures.moveTo(PartitionState.CAUGHT_UP, "at the source's end", null);
      }
    } else if (state != PartitionState.COPYING
        && (moved || heardAgain || state == PartitionState.CAUGHT_UP)) {
      figures.moveTo(PartitionState.COPYING, "behind the source's end", null);
    }
  }

  /** The source can't be heard: that is said once for each cause. */
  private void lookAtUnheard(PartitionControl partition, RetriableException trouble) {
    if (partition.unheard != trouble) {
      partition.unheard = trouble;
      noteRetry(partition, trouble, String.valueOf(trouble.getMessage()));
      TopicPartition source = partition.partition();
      link.events().post(listener -> listener.retrying(source, trouble, Duration.ZERO));
    }
  }

  /** Whether what was at the source about a second ago is copied, and the source is heard. */
  private static boolean isLevel(PartitionControl partition) {
    long end = partition.figures.sourceEnd();
    long before = partition.endBefore;
    return end != PartitionFigures.UNKNOWN
        && partition.figures.copiedNext()
            >= (before == PartitionFigures.UNKNOWN ? end : Math.min(before, end));
  }

  /** A reader says that it can't hear a partition, or hears it again. */
  void sourceHeardOrNot(CopySession session) {
    PartitionControl partition = all.get(session.source());
    if (partition != null && partition.session == session && !session.isClosed()) {
      look(partition, session, link.time().nanoTime());
    }
  }

  /** Whether the partition is no longer at the source. */
  boolean isGone(TopicPartition source) {
    PartitionControl partition = all.get(source);
    return partition == null || partition.gone;
  }

  /**
   * Whether everything before {@code end}, which the source said when it was asked, is in the
   * target, and that is what the status shows: the source is heard, and has been heard as far as
   * that. One that the user has paused is not read, and so need not be.
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
            : figures.sourceTrouble() == null && figures.sourceEnd() >= end;
    return figures.copiedNext() >= end && shown;
  }

  /** What keeps a partition from being opened is to be seen before its opening is given up. */
  private static void showOpening(PartitionFigures figures) {
    RetriableException answer = figures.lastAnswer();
    String text = answer == null ? figures.reason() : String.valueOf(answer.getMessage());
    if (figures.state() == PartitionState.OPENING && !text.equals(figures.reason())) {
      figures.moveTo(PartitionState.OPENING, text, answer);
    }
  }

  /** The cause is what the sink was answered last; it changes with that. */
  private void showStall(PartitionControl partition, @Nullable RetriableException answer) {
    PartitionFigures figures = partition.figures;
    String text =
        "no acknowledgement for %d s%s; the sink is trying on"
            .formatted(STALL.toSeconds(), answer == null ? "" : ": " + answer.getMessage());
    if (figures.state() != PartitionState.RETRYING || partition.unheard != null) {
      partition.unheard = null;
      noteRetry(partition, new RetriableException(text, answer), text);
    } else if (!text.equals(figures.reason())) {
      figures.moveTo(PartitionState.RETRYING, text, new RetriableException(text, answer));
    }
  }

  /**
   * Whether a route was fenced since this was last asked, so that the ownership should be proved.
   */
  boolean takeFenced() {
    boolean was = fenced;
    fenced = false;
    return was;
  }

  /** Whether writes got no answer since this was last asked, so that the target should be asked. */
  boolean takeSuspicion() {
    boolean was = suspicious;
    suspicious = false;
    return was;
  }

  // Closing.

  /** Drains every session; nothing is opened or retried any more. */
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

  /** The last cuts, for the last save. */
  List<Progress> lastProgress() {
    List<Progress> last = new ArrayList<>();
    for (PartitionControl partition : all.values()) {
      if (partition.progress != null && partition.session == null) {
        last.add(partition.progress);
      }
    }
    return last;
  }

  /** Why a partition that shall be caught up never will be, unless someone does something. */
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
