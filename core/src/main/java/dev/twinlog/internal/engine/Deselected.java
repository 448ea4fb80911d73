package dev.twinlog.internal.engine;

import dev.twinlog.internal.engine.partition.ClosingEvent.CloseRequested;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.partition.SessionEvent.DrainTimedOut;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.RetriableException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Takes partitions out of the link whose topics are not selected any more: what was read of them is
 * written first, for as long as closing the link would wait for that, and their progress is saved
 * and kept. One whose topic is selected again meanwhile leaves all the same, and joins again.
 * Confined to the control thread.
 */
final class Deselected {
  private static final String REASON =
      "its topic is not selected any more; what was copied stays, and its progress is kept";

  private final Link link;
  private final Partitions partitions;
  private final ProgressKeeper keeper;
  private final Runnable discover;

  /** Until when what was read may be written; {@code Long.MAX_VALUE} when that is over. */
  private final Map<PartitionControl, Long> leaving = new LinkedHashMap<>();

  /**
   * Begins with none.
   *
   * @param discover discovers partitions that may join again
   */
  Deselected(Link link, Partitions partitions, ProgressKeeper keeper, Runnable discover) {
    this.link = link;
    this.partitions = partitions;
    this.keeper = keeper;
    this.discover = discover;
  }

  /** The selection was replaced. */
  void selectionChanged() {
    long drainBy =
        link.time().nanoTime() + link.settings().get(LinkOptions.CLOSE_TIMEOUT).toNanos();
    for (PartitionControl partition : partitions.all()) {
      if (!link.selection().selects(partition.topic()) && !leaving.containsKey(partition)) {
        partitions.apply(partition, new CloseRequested());
        leaving.put(partition, drainBy);
      }
    }
  }

  /** Removes those of which nothing is open any more, and returns whether there was any. */
  boolean step(long now) {
    if (leaving.isEmpty()) {
      return false;
    }
    boolean worked = false;
    boolean again = false;
    for (PartitionControl partition : new ArrayList<>(leaving.keySet())) {
      if (partitions.find(partition.partition()) != partition) {
        leaving.remove(partition); // with its claim
      } else if (partition.isIdle()) {
        leaving.remove(partition);
        remove(partition);
        again |= link.selection().selects(partition.topic());
        worked = true;
      } else if (now >= leaving.getOrDefault(partition, Long.MAX_VALUE)) {
        leaving.put(partition, Long.MAX_VALUE);
        partitions.apply(partition, new DrainTimedOut(tookTooLong(partition)));
        worked = true;
      }
    }
    if (worked) {
      keeper.flush();
    }
    if (again) {
      discover.run();
    }
    return worked;
  }

  private void remove(PartitionControl partition) {
    partition.position().progress().ifPresent(partition.claim()::keep);
    partitions.remove(partition, REASON);
  }

  private RetriableException tookTooLong(PartitionControl partition) {
    return new RetriableException(
        "%s was not drained within %s when its topic was not selected any more: what was not acknowledged is found in the target, or copied again, when the topic is selected again"
            .formatted(partition.partition(), link.settings().get(LinkOptions.CLOSE_TIMEOUT)));
  }

  /** When {@link #step} has something to do, unless something happens before. */
  long nextDueNanos() {
    return leaving.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
  }
}
