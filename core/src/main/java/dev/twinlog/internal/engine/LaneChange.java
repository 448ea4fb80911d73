package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.agent.Backoff;
import dev.twinlog.internal.engine.lane.Lane;
import dev.twinlog.internal.engine.lane.LaneFactory;
import dev.twinlog.internal.engine.lane.LaneSet;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.SessionEvent.LanesReplaced;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.engine.threads.LaneRunner;
import dev.twinlog.spi.ReplicationException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the number of a link's lanes while it runs: opens the readers and writers of a new set,
 * lets every partition drain and continue there, each as soon as it is drained, and ends each
 * former lane when nothing runs in it any more. If the new ones can't be opened, the link copies on
 * with those that it has, and tries it again. Confined to the control thread.
 */
final class LaneChange {
  private static final Logger LOG = LoggerFactory.getLogger(LaneChange.class);

  private final Link link;
  private final LaneSet lanes;
  private final LaneFactory factory;
  private final LaneRunner runner;
  private final Partitions partitions;
  private final LinkFailure failure;
  private final Backoff backoff;

  /** Those whose readers and writers are being opened; empty if none are. */
  private List<Lane> next = List.of();

  private int failures;
  private long dueNanos;

  LaneChange(
      Link link,
      LaneSet lanes,
      LaneFactory factory,
      LaneRunner runner,
      Partitions partitions,
      LinkFailure failure,
      Backoff backoff) {
    this.link = link;
    this.lanes = lanes;
    this.factory = factory;
    this.runner = runner;
    this.partitions = partitions;
    this.failure = failure;
    this.backoff = backoff;
    this.dueNanos = link.time().nanoTime();
  }

  /** Does the work that is due, and returns whether any was. */
  boolean step(long now) {
    boolean worked = endUnused();
    if (next.isEmpty() && lanes.wanted() != lanes.current().size() && now - dueNanos >= 0) {
      begin();
      worked = true;
    }
    return worked;
  }

  /** When {@link #step} has something to do that nothing else wakes it for. */
  long nextDueNanos() {
    return failures > 0 && next.isEmpty() ? dueNanos : Long.MAX_VALUE;
  }

  private void begin() {
    next = lanes.create();
    runner.start(next);
    factory.open(next, this::opened, this::failed);
  }

  private void opened() {
    List<Lane> replacing = next;
    next = List.of();
    failures = 0;
    lanes.replaceBy(replacing);
    LOG.info("link {}: it has {} lanes now", link.name(), replacing.size());
    partitions.applyToAll(new LanesReplaced());
  }

  private void failed(ReplicationException cause) {
    List<Lane> unopened = next;
    next = List.of();
    unopened.forEach(this::end);
    failures++;
    dueNanos = link.time().nanoTime() + backoff.after(failures).toNanos();
    LOG.warn(
        "link {}: it keeps its {} lanes for now, since others can't be opened: {}",
        link.name(),
        lanes.current().size(),
        cause.getMessage());
    failure.error(cause);
  }

  private boolean endUnused() {
    if (lanes.all().size() == lanes.current().size() + next.size()) {
      return false;
    }
    boolean worked = false;
    for (Lane lane : lanes.all()) {
      if (!lanes.current().contains(lane)
          && !next.contains(lane)
          && !partitions.isUsed(lane)
          && !factory.isReplacing(lane)) {
        end(lane);
        worked = true;
      }
    }
    return worked;
  }

  private void end(Lane lane) {
    lanes.remove(lane);
    factory.forget(lane);
    runner.end(lane);
  }
}
