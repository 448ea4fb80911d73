package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.GapException;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.lane.LaneSet;
import dev.twinlog.internal.engine.partition.PartitionEffect.Abort;
import dev.twinlog.internal.engine.partition.PartitionEffect.BeginSession;
import dev.twinlog.internal.engine.partition.PartitionEffect.CloseFigures;
import dev.twinlog.internal.engine.partition.PartitionEffect.CountRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.Drain;
import dev.twinlog.internal.engine.partition.PartitionEffect.EndSession;
import dev.twinlog.internal.engine.partition.PartitionEffect.FailLink;
import dev.twinlog.internal.engine.partition.PartitionEffect.ProveOwnership;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportGap;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportRetry;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Run;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEffect.SkipLoss;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LossException;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SkippedOffsets.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what transitions of partitions cause: in lanes, figures, metrics and events. Confined
 * to the control thread.
 */
final class PartitionEffects {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionEffects.class);

  private final Link link;
  private final LaneSet lanes;
  private final PartitionMonitor monitor;
  private final Consumer<ReplicationException> onLinkFailure;
  private boolean fenced;

  PartitionEffects(
      Link link,
      LaneSet lanes,
      PartitionMonitor monitor,
      Consumer<ReplicationException> onLinkFailure) {
    this.link = link;
    this.lanes = lanes;
    this.monitor = monitor;
    this.onLinkFailure = onLinkFailure;
  }

  /** Whether a route was fenced since the last call, so that the ownership has to be proved. */
  boolean takeFenced() {
    boolean was = fenced;
    fenced = false;
    return was;
  }

  /** Carries out one effect on a partition that has its new state already. */
  void run(PartitionControl partition, PartitionEffect effect) {
    if (effect instanceof Show show) {
      partition.figures().moveTo(partition.life().shown(), show.reason(), show.cause());
    } else if (effect instanceof CloseFigures close) {
      partition.figures().close(partition.life().shown(), close.reason(), close.cause());
    } else if (effect instanceof SkipLoss skip) {
      skip(partition, skip.loss());
    } else if (effect instanceof ProveOwnership) {
      fenced = true;
    } else if (effect instanceof FailLink fail) {
      onLinkFailure.accept(fail.cause());
    } else if (!toLane(partition, effect)) {
      report(partition.partition(), partition.figures(), effect);
    }
  }

  private boolean toLane(PartitionControl partition, PartitionEffect effect) {
    if (effect instanceof Run) {
      partition.lane(lanes.of(partition.partition()));
    }
    Lane lane = partition.lane();
    if (effect instanceof BeginSession begin) {
      monitor.sessionBegins(partition, begin.session(), begin.guarantees());
    } else if (effect instanceof Run run) {
      lane.open(run.session());
    } else if (effect instanceof Drain drain) {
      lane.reader().drain(drain.session());
    } else if (effect instanceof EndSession end) {
      lane.writer().end(end.session(), end.cause());
    } else if (effect instanceof Abort abort) {
      lane.writer().abort(abort.session(), abort.cause());
    } else {
      return false;
    }
    return true;
  }

  private void report(TopicPartition source, PartitionFigures figures, PartitionEffect effect) {
    if (effect instanceof CountRetry) {
      figures.countRetry();
      link.metrics().retried(source);
    } else if (effect instanceof ReportRetry retry) {
      link.events().post(listener -> listener.retrying(source, retry.cause(), retry.delay()));
    } else if (effect instanceof ReportStop stop) {
      link.metrics().failed(source);
      if (stop.cause() instanceof GapException gap) {
        post(source, gap);
      }
      link.events().post(listener -> listener.partitionStopped(source, stop.cause()));
    } else if (effect instanceof ReportGap report) {
      GapException gap = report.gap();
      LOG.warn(
          "link {}: {} continues at {}, after a gap from {} on ({})",
          link.name(),
          source,
          gap.to(),
          gap.from(),
          gap.gap());
      post(source, gap);
    }
  }

  /** A record is left out; shows, counts and posts that. */
  void skipped(PartitionFigures figures, long offset, SkippedOffsets all, String how) {
    TopicPartition source = figures.source();
    figures.skipped(all);
    LOG.warn(
        "link {}: the record at offset {} of {} is left out of the copy, {}; {} are left out in all",
        link.name(),
        offset,
        source,
        how,
        all.count());
    link.metrics().skipped(source, 1);
    link.events().post(listener -> listener.recordSkipped(source, offset));
  }

  /** The source has other records at offsets that were skipped; shows and posts that. */
  void skipsReplaced(PartitionFigures figures, List<Long> offsets, SkippedOffsets left) {
    TopicPartition source = figures.source();
    figures.skipped(left);
    LOG.warn(
        "link {}: the source has lost the records of {} that were skipped at {}, and has others at these offsets: they are copied",
        link.name(),
        source,
        offsets);
    offsets.forEach(
        offset -> link.events().post(listener -> listener.skippedRecordReplaced(source, offset)));
  }

  private void post(TopicPartition source, GapException gap) {
    link.events().post(listener -> listener.gap(source, gap.from(), gap.to(), gap.gap()));
  }

  /** Records that the source has lost are no longer skipped, where no leader epoch tells that. */
  private void endSkips(PartitionControl partition, SkippedOffsets before) {
    SkippedOffsets left =
        partition.position().progress().map(Progress::skipped).orElse(SkippedOffsets.none());
    List<Long> ended = new ArrayList<>();
    for (Range range : before.ranges()) {
      for (long offset = range.from(); offset < range.to(); offset++) {
        if (!left.contains(offset)) {
          ended.add(offset);
        }
      }
    }
    if (!ended.isEmpty()) {
      skipsReplaced(partition.figures(), ended, left);
    }
  }

  /** Moves the position behind an accepted loss. */
  private void skip(PartitionControl partition, LossException loss) {
    PartitionFigures figures = partition.figures();
    long from = partition.copiedUpTo();
    long to = loss instanceof GapException gap ? gap.to() : from;
    CopyPosition before = partition.position();
    partition.position(before.behind(loss));
    if (before.successor().isPresent()) {
      // the position of the former topic doesn't apply to this one
      figures.copiedNext(PartitionFigures.UNKNOWN);
      figures.skipped(SkippedOffsets.none());
      figures.forgetSourceEpoch();
    } else if (loss instanceof GapException && before.progress().isPresent()) {
      figures.copiedNext(to);
      endSkips(partition, before.progress().get().skipped());
    }
    if (to > from) {
      link.metrics().skipped(partition.partition(), to - from);
    }
    figures.accepted("from %d to %d: %s".formatted(from, to, loss.getMessage()));
    TopicPartition source = partition.partition();
    link.events().post(listener -> listener.lossAccepted(source, from, to, loss));
  }
}
