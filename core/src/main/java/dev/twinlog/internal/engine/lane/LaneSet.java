package dev.twinlog.internal.engine.lane;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.TopicPartition;

/**
 * The lanes of a link. When their number changes, a new set takes the place of the current one, and
 * each former lane stays until no session runs in it: so a lane has the same share of the memory
 * from its beginning to its end, and no partition waits for another. Confined to the control
 * thread, except where a method says otherwise.
 */
public final class LaneSet {
  private final LaneContext context;
  private final Stages stages;
  private final long maxInFlightBytes;
  private final List<Lane> all = new CopyOnWriteArrayList<>();
  private List<Lane> current = List.of();
  private int numbered;
  private volatile int wanted;

  /**
   * Has no lanes yet.
   *
   * @param count how many the first set has
   * @param maxInFlightBytes of all lanes of a set together
   */
  public LaneSet(LaneContext context, Stages stages, int count, long maxInFlightBytes) {
    this.context = context;
    this.stages = stages;
    this.wanted = count;
    this.maxInFlightBytes = maxInFlightBytes;
  }

  /** Sets how many lanes there are to be. Any thread. */
  public void want(int count) {
    wanted = count;
  }

  /** How many lanes there are to be. Any thread. */
  public int wanted() {
    return wanted;
  }

  /** Those of now, those that are about to take their place, and former ones. Any thread. */
  public List<Lane> all() {
    return all;
  }

  /** Those in which partitions are opened. */
  public List<Lane> current() {
    return current;
  }

  /** The lane in which a partition is opened. */
  public Lane of(TopicPartition partition) {
    return current.get(Math.floorMod(partition.hashCode(), current.size()));
  }

  /** Creates a set of as many as are wanted, which is not the current one yet. */
  public List<Lane> create() {
    int count = wanted;
    if (all.isEmpty()) {
      numbered = 0; // the former ones could not be opened
    }
    List<Lane> created = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      created.add(new Lane(numbered++, context, stages, maxInFlightBytes / count));
    }
    all.addAll(created);
    return List.copyOf(created);
  }

  /** From now on partitions are opened in these. */
  public void replaceBy(List<Lane> next) {
    current = next;
  }

  /** Removes a lane that is not used any more. */
  public void remove(Lane lane) {
    all.remove(lane);
  }
}
