package dev.twinlog.internal.progress;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Where the copy of a source partition has ended in a move: saved once, and never changed. What
 * isn't known is {@link #UNKNOWN}. Immutable.
 *
 * @param fenced whether nothing of the link can be appended to its targets any more
 * @param problem why it is not fenced, or what else is wrong; may be empty
 * @param sourceCut everything before this source offset is in the target
 * @param targets the offset after the link's last record, by target partition
 * @param held how many records from {@code sourceCut} on are in the target as well, by target
 *     partition; those without are left out
 * @param last what was known of the source partition last
 */
public record Seam(
    boolean fenced,
    String problem,
    long sourceCut,
    Map<TopicPartition, Long> targets,
    Map<TopicPartition, Long> held,
    Contact last) {
  /** A number that isn't known. */
  public static final long UNKNOWN = -1;

  static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  public Seam {
    targets = sorted(targets);
    held = sorted(held);
  }

  private static Map<TopicPartition, Long> sorted(Map<TopicPartition, Long> values) {
    Map<TopicPartition, Long> sorted = new TreeMap<>(BY_NAME);
    sorted.putAll(values);
    return Collections.unmodifiableMap(sorted);
  }

  /** How many records from the cut on are in the target. */
  public long heldRecords() {
    return held.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * The most records that the source had at the last contact and the target does not have, or
   * {@link #UNKNOWN}: if the source's end is, or something is wrong with the target.
   *
   * <p>What several targets hold behind the cut may be records that came after the contact, while
   * earlier ones are lost: it is not subtracted. One target holds the first ones.
   */
  public long lostAtMost() {
    long counted = targets.size() > 1 ? 0 : heldRecords();
    return last.end() == UNKNOWN || !problem.isEmpty()
        ? UNKNOWN
        : Math.max(0, last.end() - sourceCut - counted);
  }

  /**
   * As {@link #lostAtMost}, with what the source may have taken after the last contact; {@link
   * #UNKNOWN} if one of them is.
   */
  public long lostEstimate() {
    return lostAtMost() == UNKNOWN || last.mayFollow() == UNKNOWN
        ? UNKNOWN
        : Math.max(lostAtMost(), last.end() + last.mayFollow() - sourceCut - heldRecords());
  }

  /**
   * What a link knew of a source partition last. What isn't known is {@link #UNKNOWN}.
   *
   * @param end the source's end
   * @param atMs when the source reported it
   * @param timestampMs the greatest timestamp of the last copied batch
   * @param mayFollow how many records the source may have taken before the next contact was due
   */
  public record Contact(long end, long atMs, long timestampMs, long mayFollow) {
    /** A contact after which it isn't known what may have followed. */
    public Contact(long end, long atMs, long timestampMs) {
      this(end, atMs, timestampMs, UNKNOWN);
    }

    /** The same, if the source is known to have had records up to this offset. */
    public Contact notBefore(long copied) {
      return end == UNKNOWN || end >= copied
          ? this
          : new Contact(copied, atMs, timestampMs, mayFollow);
    }

    Contact mayFollow(long records) {
      return new Contact(end, atMs, timestampMs, records);
    }

    /** Nothing is known. */
    public static final Contact NONE = new Contact(UNKNOWN, UNKNOWN, UNKNOWN);
  }
}
