package dev.twinlog.spi;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * The ability of a {@link GroupStore} to keep share groups as well (KIP-932). The position of a
 * share group in a partition is the start of its window: everything before it was acknowledged.
 * What was acknowledged behind it is not in a position, and is delivered again. Positions of share
 * groups have no metadata.
 *
 * <p>Threading, errors, lifecycle, blocking and results as {@link GroupStore}.
 */
public interface ShareGroupStore extends GroupStore {

  /** The positions of these share groups. */
  Map<String, GroupOffsets> shareGroupOffsets(Collection<String> groups);

  /** Whether these share groups exist, and who uses them. */
  Map<String, GroupDetails> describeShareGroups(Collection<String> groups);

  /** Writes positions of share groups without members. */
  Map<String, Map<TopicPartition, Optional<Failure>>> writeShareGroups(
      Map<String, Map<TopicPartition, GroupPosition>> positions);

  /** Deletes share groups without members. */
  Map<String, Optional<Failure>> deleteShareGroups(Collection<String> groups);
}
