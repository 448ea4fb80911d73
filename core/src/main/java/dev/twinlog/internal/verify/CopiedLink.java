package dev.twinlog.internal.verify;

import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.SkippedOffsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * What a link has copied, as of one moment.
 *
 * @param link its name
 * @param routes the offset maps
 * @param partitions the source partitions of which it has progress or an offset map
 * @param others offsets of target partitions that are known to hold no copies of it
 */
public record CopiedLink(
    String link,
    List<CopiedRoute> routes,
    Map<TopicPartition, CopiedPartition> partitions,
    Map<TopicPartition, SkippedOffsets> others) {
  public CopiedLink {
    routes = List.copyOf(routes);
    partitions = Map.copyOf(partitions);
    others = Map.copyOf(others);
  }

  /**
   * A source partition.
   *
   * @param topicId the id of the topic that was copied, if it is known
   * @param transformed whether its records were changed or dropped by a transform
   * @param skipped the source offsets that were left out
   */
  public record CopiedPartition(
      Optional<Uuid> topicId, boolean transformed, SkippedOffsets skipped) {
    private static final String UNCHANGED = "transform=none;";

    /** A partition by its progress. */
    public static CopiedPartition of(Progress progress) {
      String stages = progress.stagesFingerprint(); // empty if there is none
      return new CopiedPartition(
          progress.source().topicId(),
          !stages.isEmpty() && !stages.startsWith(UNCHANGED),
          progress.skipped());
    }
  }
}
