package dev.twinlog.internal.engine;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
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
 * resumed. Decides what the end of a flow means. Confined to the control thread.
 */
final class Partitions implements Opener.Outcome {
  private static final Duration STALL = Duration.ofSeconds(5);
  private static final Duration LONG_RETRYING = Duration.ofSeconds(30);

  private final Link link;
  private final List<Lane> lanes;
  private final Backoff backoff;
  private final Consumer<ReplicationException> onLinkFailure;
  private final Map<TopicPartition, Managed> all = new LinkedHashMap<>();
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

  Collection<Managed> all() {
    return all.values();
  }

  @Nullable Managed find(TopicPartition partition) {
    return all.get(partition);
  }

  // Joining.

  void add(SourcePartition source, @Nullable Progress progress, StartPosition start) {
    TopicPartition partition = source.partition();
    Lane lane = lanes.get(Math.floorMod(partition.hashCode(), lanes.size()));
    Managed managed = new Managed(link.addCell(partition), lane, source, start);
    managed.progress = progress;
    managed.paused = pausedAll;
    if (progress != null) {
      managed.cell.copiedNext(progress.sourceNext());
      progress.routes().stream()
          .mapToLong(route -> route.targetNext())
          .filter(next -> next > 0)
          .max()
          .ifPresent(managed.cell::targetNext);
    }
    all.put(partition, managed);
    if (pausedAll) {
      managed.cell.moveTo(PartitionState.PAUSED, "the link is paused", null);
    }
  }

  /** An idle partition leaves the link. */
  void remove(Managed partition, String reason) {
    all.remove(partition.partition());
    link.removeCell(partition.partition(), reason);
  }

  /** The source's topic is not the one that was copied. */
  @Override
  public void recreated(Managed partition, SourcePartition successor) {
    partition.successor = successor;
    Progress progress = partition.progress;
    long from = progress == null ? 0 : Math.max(progress.sourceNext(), partition.cell.copiedNext());
    GapException cause = new GapException(partition.partition(), from, 0, GapCause.RECREATED);
    if (partition.isIdle() && partition.cell.state() == PartitionState.STOPPED) {
      stop(partition, cause); // told again, since this is what would be accepted now
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  // Opening.

  /** Those that are due to be opened now. */
  List<Managed> due(long nowNanos) {
    List<Managed> due = new ArrayList<>();
    for (Managed partition : all.values()) {
      PartitionState state = partition.cell.state();
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
    for (Managed partition : all.values()) {
      if (partition.isIdle()
          && !partition.paused
          && !partition.gone
          && partition.cell.state() == PartitionState.RETRYING) {
        next = Math.min(next, partition.retryAtNanos);
      }
    }
    return next;
  }

  @Override
  public void rewound(Managed partition, Rewind rewind) {
    Route route = rewind.route();
    partition.cell.moveTo(
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
  public void repeats(Managed partition, long sourceOffset, long records) {
    partition.cell.repeated(
        "%d records that the target held were copied again from source offset %d on, and may be there twice"
            .formatted(records, sourceOffset));
    TopicPartition source = partition.partition();
    link.events().post(listener -> listener.repeating(source, sourceOffset, records));
  }

  @Override
  public void opened(Managed partition, Flow flow, Map<Route, Guarantee> guarantees) {
    partition.lossAccepted = false;
    partition.repeatsAccepted = false;
    if (partition.paused || closing || partition.stopWith != null) {
      ended(partition, partition.stopWith);
      return;
    }
    partition.flow = flow;
    partition.unheard = null;
    partition.cell.lastAnswer(null);
    partition.cell.copiedNext(flow.startsAt());
    partition.cell.notHeard(null); // what is known of the end is what this flow's reader hears
    partition.endBefore = PartitionCell.UNKNOWN;
    assure(partition, flow, guarantees);
    if (partition.cell.state() == PartitionState.OPENING) {
      partition.cell.moveTo(
          PartitionState.COPYING, "opened at source offset " + flow.startsAt(), null);
    }
    partition.lane.open(flow);
  }

  @Override
  public void failed(Managed partition, ReplicationException cause) {
    ended(partition, verdict(partition, cause));
  }

  // Ending.

  /** A flow is over; false if it was not the partition's flow any more. */
  boolean flowEnded(Flow flow, Progress last, @Nullable ReplicationException cause) {
    Managed partition = all.get(flow.source());
    if (partition == null || partition.flow != flow) {
      return false;
    }
    partition.flow = null;
    partition.progress = last;
    if (partition.cell.sourceTrouble() != null) {
      partition.unheard = null;
      partition.cell.notHeard(null); // its reader tries no more; the source is asked instead
    }
    if (last.sourceNext() > flow.startsAt()) {
      partition.failures = 0;
    }
    ended(partition, verdict(partition, cause));
    return true;
  }

  /** What ends a flow that was to be stopped anyway: a fault that could be retried does not. */
  private static @Nullable ReplicationException verdict(
      Managed partition, @Nullable ReplicationException cause) {
    ReplicationException wanted = partition.stopWith;
    boolean explained = partition.successor != null; // by the topic that was created again
    boolean weaker = cause == null || cause instanceof RetriableException || explained;
    return wanted != null && weaker && !(cause instanceof LinkFailedException) ? wanted : cause;
  }

  private void ended(Managed partition, @Nullable ReplicationException end) {
    partition.stopWith = null;
    if (closing) {
      return;
    }
    ReplicationException cause = end;
    if (end instanceof HeldMismatchException && partition.compacted) {
      // records in between may have been compacted away; sending the rest again updates each key
      partition.repeatsAccepted = true;
      cause = null;
    }
    if (cause instanceof FencedException) {
      fenced =
          true; // a route's fence may come from a former owner: the store knows who owns the link
      retry(partition, cause);
    } else if (cause instanceof LinkFailedException) {
      onLinkFailure.accept(cause);
    } else if (cause instanceof RetriableException) {
      retry(partition, cause);
    } else if (cause != null) {
      stop(partition, cause);
    } else if (partition.paused) {
      partition.cell.moveTo(PartitionState.PAUSED, "paused", null);
    } else {
      partition.cell.moveTo(PartitionState.OPENING, "opening again", null);
    }
  }

  private void retry(Managed partition, ReplicationException cause) {
    partition.failures++;
    Duration delay = backoff.after(partition.failures);
    partition.retryAtNanos = link.time().nanoTime() + delay.toNanos();
    noteRetry(partition, cause, "again in " + delay.toMillis() + " ms: " + cause.getMessage());
    link.events().post(listener -> listener.retrying(partition.partition(), cause, delay));
    if (partition.paused) {
      partition.cell.moveTo(PartitionState.PAUSED, "paused", null);
    }
  }

  private void noteRetry(Managed partition, ReplicationException cause, String reason) {
    partition.cell.moveTo(PartitionState.RETRYING, reason, cause);
    partition.cell.countRetry();
    link.metrics().retried(partition.partition());
  }

  private void stop(Managed partition, ReplicationException cause) {
    partition.cell.moveTo(PartitionState.STOPPED, String.valueOf(cause.getMessage()), cause);
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
    for (Managed partition : all.values()) {
      PartitionCell cell = partition.cell;
      if (cell.state() == PartitionState.STOPPED) {
        cell.close(PartitionState.STOPPED, cell.reason(), cell.cause().orElse(cause));
      } else if (last == LinkState.STOPPED) {
        String was =
            "closed at %s, when it was %s at %d of %s"
                .formatted(at, cell.state(), cell.copiedNext(), text(cell.sourceEnd()));
        cell.close(PartitionState.CLOSED, was, null);
      } else {
        String what = last == LinkState.FENCED ? "link fenced: " : "link failed: ";
        cell.close(PartitionState.STOPPED, what + reason, cause);
      }
    }
  }

  private static String text(long end) {
    return end == PartitionCell.UNKNOWN ? "unknown" : Long.toString(end);
  }

  /** Writes what was read, then stops the partition. */
  void stopAfterDrain(Managed partition, ReplicationException cause) {
    Flow flow = partition.flow;
    if (flow != null || partition.opening) {
      partition.stopWith = cause;
      if (flow != null) {
        partition.lane.reader().drain(flow);
      }
    } else if (partition.cell.state() != PartitionState.STOPPED) {
      stop(partition, cause);
    }
  }

  /** Stops the partition without waiting for writes that may never be answered. */
  void abort(Managed partition, ReplicationException cause) {
    Flow flow = partition.flow;
    if (flow != null) {
      partition.lane.writer().abort(flow, cause);
    } else {
      stopAfterDrain(partition, cause);
    }
  }

  /** Ends the flow and opens the partition again. */
  void reopen(Managed partition) {
    Flow flow = partition.flow;
    if (flow != null) {
      partition.lane.reader().drain(flow);
    }
  }

  /** The lane has lost its reader or writer: its flows end and are tried again. */
  void laneLost(Lane lane, ReplicationException cause) {
    for (Managed partition : all.values()) {
      Flow flow = partition.flow;
      if (partition.lane == lane && flow != null) {
        lane.writer().end(flow, cause);
      }
    }
  }

  /** It can't be said now whether they still loop. */
  void retryLoopsLater(ReplicationException cause) {
    for (Managed partition : all.values()) {
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
    for (Managed partition : all.values()) {
      if (partition.loss() == null) {
        resume(partition);
      } else {
        partition.paused = false;
      }
    }
  }

  void pause(Managed partition) {
    partition.paused = true;
    Flow flow = partition.flow;
    if (flow != null) {
      partition.lane.reader().drain(flow);
    } else if (!partition.opening && partition.cell.state() != PartitionState.STOPPED) {
      partition.cell.moveTo(PartitionState.PAUSED, "paused", null);
    }
  }

  /** It is at the source again, and is the same one. */
  void reappeared(Managed partition) {
    if (partition.cell.cause().orElse(null) instanceof SourceGoneException) {
      partition.cell.moveTo(
          partition.paused ? PartitionState.PAUSED : PartitionState.OPENING,
          "at the source again",
          null);
    }
  }

  void resume(Managed partition) {
    partition.paused = false;
    PartitionState state = partition.cell.state();
    if (!partition.isIdle() || partition.gone) {
      return; // what is still draining is opened again when it has, what is gone when it is back
    }
    if (state == PartitionState.STOPPED) {
      tryAgain(partition);
    } else if (state == PartitionState.PAUSED) {
      partition.cell.moveTo(PartitionState.OPENING, "resumed", null);
    } else if (state == PartitionState.RETRYING) {
      partition.retryAtNanos = link.time().nanoTime();
    }
  }

  /** What was lost for certain stays lost; all else is looked at again by opening it. */
  private void tryAgain(Managed partition) {
    LossException loss = partition.loss();
    if (loss != null && !(loss instanceof HeldMismatchException)) {
      stop(partition, loss);
      return;
    }
    partition.mayLoop = partition.cell.cause().orElse(null) instanceof RefusedTopicException;
    partition.failures = 0;
    partition.cell.moveTo(PartitionState.OPENING, "resumed after it had stopped", null);
  }

  /** Goes on without what a stopped partition has lost; does nothing if it has lost nothing. */
  void acceptLoss(Managed partition) {
    LossException loss = partition.loss();
    if (loss == null || !partition.isIdle() || partition.gone) {
      return;
    }
    Progress progress = partition.progress;
    long from = progress == null ? 0 : Math.max(progress.sourceNext(), partition.cell.copiedNext());
    long to = loss instanceof GapException gap ? gap.to() : from;
    partition.lossAccepted = loss instanceof TargetLostException;
    partition.repeatsAccepted =
        loss instanceof HeldMismatchException
            || (loss instanceof GapException gap && gap.unmatched() > 0);
    SourcePartition successor = partition.successor;
    if (successor != null) {
      beginWith(partition, successor);
    } else if (loss instanceof GapException gap && progress != null) {
      partition.cell.copiedNext(to);
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
    partition.cell.accepted("from %d to %d: %s".formatted(from, to, loss.getMessage()));
    link.events().post(listener -> listener.lossAccepted(source, from, to, loss));
    partition.failures = 0;
    partition.cell.moveTo(
        partition.paused ? PartitionState.PAUSED : PartitionState.OPENING,
        "its loss was accepted",
        null);
  }

  private static void beginWith(Managed partition, SourcePartition successor) {
    partition.source = successor;
    partition.successor = null;
    partition.start = StartPosition.earliest();
    partition.progress = null;
    partition.anew = true;
    partition.followed = true;
    // what was copied is no position of this topic
    partition.cell.copiedNext(PartitionCell.UNKNOWN);
  }

  // The regular look.

  /** Brings every state up to date; about twice a second. */
  void tick() {
    long now = link.time().nanoTime();
    Map<Route, Guarantee> guarantees = Assurance.ask(link.settings());
    for (Managed partition : all.values()) {
      Flow flow = partition.flow;
      if (flow != null) {
        // one that is ending too: it waits for what it has sent, which may take long
        look(partition, flow, now);
        if (!flow.isClosed()) {
          assure(partition, flow, guarantees);
        }
      } else if (partition.opening) {
        showOpening(partition.cell);
      }
      warnOfRetrying(partition, now);
      partition.endBefore = partition.cell.sourceEnd();
    }
  }

  /** What keeps retrying deserves someone's look: it is said once. */
  private void warnOfRetrying(Managed partition, long now) {
    if (partition.cell.state() != PartitionState.RETRYING) {
      partition.retryingSinceNanos = Managed.NOT_RETRYING;
      partition.toldRetrying = false;
    } else if (partition.retryingSinceNanos == Managed.NOT_RETRYING) {
      partition.retryingSinceNanos = now;
    } else if (!partition.toldRetrying
        && now - partition.retryingSinceNanos > LONG_RETRYING.toNanos()) {
      partition.toldRetrying = true;
      Duration since = Duration.ofNanos(now - partition.retryingSinceNanos);
      link.warnOfRetrying(partition.partition(), since, partition.cell.reason());
    }
  }

  private void assure(Managed partition, Flow flow, Map<Route, Guarantee> guarantees) {
    PartitionCell cell = partition.cell;
    Assurance before = cell.assurance();
    Assurance now = Assurance.of(link.settings(), cell, flow.routes().routes(), guarantees);
    if (!now.equals(before)) {
      cell.assurance(now);
      link.metrics()
          .guarantee(partition.partition(), now.guarantee() == DeliveryGuarantee.EXACTLY_ONCE);
    }
  }

  private void look(Managed partition, Flow flow, long now) {
    PartitionCell cell = partition.cell;
    PartitionState state = cell.state();
    long oldest = flow.oldestWriteNanos();
    if (oldest != Long.MAX_VALUE && now - oldest > STALL.toNanos()) {
      showStall(partition, cell.lastAnswer());
      suspicious = true;
      return;
    }
    RetriableException trouble = cell.sourceTrouble();
    if (trouble != null) {
      lookAtUnheard(partition, trouble);
      return;
    }
    boolean heardAgain = partition.unheard != null;
    partition.unheard = null;
    boolean moved = cell.copiedNext() > flow.startsAt();
    if (isLevel(partition)) {
      partition.failures = 0;
      cell.level();
      if (state != PartitionState.CAUGHT_UP) {
        cell.moveTo(PartitionState.CAUGHT_UP, "at the source's end", null);
      }
    } else if (state != PartitionState.COPYING
        && (moved || heardAgain || state == PartitionState.CAUGHT_UP)) {
      cell.moveTo(PartitionState.COPYING, "behind the source's end", null);
    }
  }

  /** The source can't be heard: that is said once for each cause. */
  private void lookAtUnheard(Managed partition, RetriableException trouble) {
    if (partition.unheard != trouble) {
      partition.unheard = trouble;
      noteRetry(partition, trouble, String.valueOf(trouble.getMessage()));
      TopicPartition source = partition.partition();
      link.events().post(listener -> listener.retrying(source, trouble, Duration.ZERO));
    }
  }

  /** Whether what was at the source about a second ago is copied, and the source is heard. */
  private static boolean isLevel(Managed partition) {
    long end = partition.cell.sourceEnd();
    long before = partition.endBefore;
    return end != PartitionCell.UNKNOWN
        && partition.cell.copiedNext()
            >= (before == PartitionCell.UNKNOWN ? end : Math.min(before, end));
  }

  /** A reader says that it can't hear a partition, or hears it again. */
  void sourceHeardOrNot(Flow flow) {
    Managed partition = all.get(flow.source());
    if (partition != null && partition.flow == flow && !flow.isClosed()) {
      look(partition, flow, link.time().nanoTime());
    }
  }

  /** Whether the partition is no longer at the source. */
  boolean isGone(TopicPartition source) {
    Managed partition = all.get(source);
    return partition == null || partition.gone;
  }

  /**
   * Whether everything before {@code end}, which the source said when it was asked, is in the
   * target, and that is what the status shows: the source is heard, and has been heard as far as
   * that. One that the user has paused is not read, and so need not be.
   */
  boolean hasReached(TopicPartition source, long end) {
    Managed partition = all.get(source);
    if (partition == null) {
      return false;
    }
    PartitionCell cell = partition.cell;
    boolean shown =
        partition.flow == null
            ? cell.state() == PartitionState.PAUSED
            : cell.sourceTrouble() == null && cell.sourceEnd() >= end;
    return cell.copiedNext() >= end && shown;
  }

  /** What keeps a partition from being opened is to be seen before its opening is given up. */
  private static void showOpening(PartitionCell cell) {
    RetriableException answer = cell.lastAnswer();
    String text = answer == null ? cell.reason() : String.valueOf(answer.getMessage());
    if (cell.state() == PartitionState.OPENING && !text.equals(cell.reason())) {
      cell.moveTo(PartitionState.OPENING, text, answer);
    }
  }

  /** The cause is what the sink was answered last; it changes with that. */
  private void showStall(Managed partition, @Nullable RetriableException answer) {
    PartitionCell cell = partition.cell;
    String text =
        "no acknowledgement for %d s%s; the sink is trying on"
            .formatted(STALL.toSeconds(), answer == null ? "" : ": " + answer.getMessage());
    if (cell.state() != PartitionState.RETRYING || partition.unheard != null) {
      partition.unheard = null;
      noteRetry(partition, new RetriableException(text, answer), text);
    } else if (!text.equals(cell.reason())) {
      cell.moveTo(PartitionState.RETRYING, text, new RetriableException(text, answer));
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

  /** Drains every flow; nothing is opened or retried any more. */
  void drainAll() {
    closing = true;
    for (Managed partition : all.values()) {
      Flow flow = partition.flow;
      if (flow != null) {
        partition.lane.reader().drain(flow);
      }
    }
  }

  boolean isDrained() {
    return all.values().stream().allMatch(Managed::isIdle);
  }

  /** The last cuts, for the last save. */
  List<Progress> lastProgress() {
    List<Progress> last = new ArrayList<>();
    for (Managed partition : all.values()) {
      if (partition.progress != null && partition.flow == null) {
        last.add(partition.progress);
      }
    }
    return last;
  }

  /** Why a partition that shall be caught up never will be, unless someone does something. */
  @Nullable ReplicationException firstStopped() {
    for (Managed partition : all.values()) {
      if (partition.cell.state() == PartitionState.STOPPED && !partition.gone) {
        ReplicationException cause = partition.cell.cause().orElse(null);
        return new PartitionFailedException(
            partition.partition() + " is stopped: " + partition.cell.view(0).reason(), cause);
      }
    }
    return null;
  }
}
