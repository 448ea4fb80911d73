package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * The last verdict on each partition of a link that is verified again and again. One that is
 * different stays until it was found exact in so many passes in a row as compare everything
 * together. Confined to one thread.
 */
public final class CurrentVerdicts {
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  private record Known(PartitionVerdict verdict, int exactSince) {}

  private final int passesForAll;
  private final Map<TopicPartition, Known> known = new TreeMap<>(BY_NAME);

  /**
   * Starts empty.
   *
   * @param sample the part of each log that a pass compares
   */
  public CurrentVerdicts(double sample) {
    this.passesForAll = (int) Math.min(Integer.MAX_VALUE, Math.ceil(1 / sample));
  }

  /**
   * Adds what a pass has found.
   *
   * @return whether the partition was not known to be different before, and is now
   */
  public boolean add(PartitionVerdict found) {
    Known before = known.get(found.source());
    boolean isDifferent = found.verdict() == Verdict.DIFFERENT;
    if (before == null || before.verdict().verdict() != Verdict.DIFFERENT) {
      known.put(found.source(), new Known(found, 0));
      return isDifferent;
    }
    int exact = found.verdict() == Verdict.EXACT ? before.exactSince() + 1 : 0;
    boolean stays = !isDifferent && exact < passesForAll;
    known.put(found.source(), stays ? new Known(before.verdict(), exact) : new Known(found, 0));
    return false;
  }

  /** The last verdict on a partition that was added. */
  public PartitionVerdict last(TopicPartition source) {
    return Objects.requireNonNull(known.get(source)).verdict();
  }

  /** Forgets all partitions but these. */
  public void retain(Set<TopicPartition> partitions) {
    known.keySet().retainAll(partitions);
  }

  /** The verdicts by source partition, in the order of topics and partitions. */
  public Map<TopicPartition, PartitionVerdict> all() {
    Map<TopicPartition, PartitionVerdict> all = new TreeMap<>(BY_NAME);
    known.forEach((source, one) -> all.put(source, one.verdict()));
    return all;
  }
}
