package dev.twinlog;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;

/**
 * What has become of a source partition in a move. Users don't implement it; methods may be added.
 * Immutable.
 */
public interface PartitionMove {

  /**
   * Whether it is certain that nothing of the link is appended to its target any more. False for a
   * link that copies at least once, and for a dry run.
   */
  boolean fenced();

  /** Why it could not be fenced, or what else is wrong with it; empty if nothing is. */
  String problem();

  /** Everything before this source offset is in the target, and so are {@link #heldBehindCut}. */
  long sourceCut();

  /**
   * The target offset after the last record of the link: what is there was written by others. Of
   * several targets it is the one of the first, see {@link #targetSeams}.
   */
  long targetSeam();

  /** The target offset after the last record of the link, by target partition. */
  Map<TopicPartition, Long> targetSeams();

  /** How many records from {@link #sourceCut} on are in the target as well. */
  long heldBehindCut();

  /** The greatest timestamp that the last copied batch had; empty if it isn't known. */
  Optional<Instant> lastTimestamp();

  /** The source's end as of the last contact; empty if it isn't known. */
  OptionalLong sourceEndAtLastContact();

  /** When the source last reported its end, by the link's clock; empty if it isn't known. */
  Optional<Instant> lastContact();

  /**
   * The most records that the source had at the last contact and the target does not have: offsets,
   * of which markers and compacted records are some. Losses that were accepted before by {@link
   * Replicator#acceptLoss} are not counted, nor is what the target loses itself after its log was
   * read, which is right behind its fence (by an unclean leader election). Empty if it isn't known.
   */
  OptionalLong lostAtMost();

  /**
   * An upper estimate of what is lost, with what the source may have taken after the last contact:
   * {@link #lostAtMost}, and as much as comes at the greatest rate of the last minute or two until
   * the next contact was due. That is two seconds where the process that has run the link fails it
   * over, else six, since contacts are stored every five seconds. If the source was written to for
   * longer without the link, or much faster than before, it is more. Empty if it isn't known.
   */
  OptionalLong lostEstimate();
}
