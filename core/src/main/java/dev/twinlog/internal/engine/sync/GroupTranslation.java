package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.control.GroupTargets;
import dev.twinlog.internal.engine.sync.GroupCycle.Copying;
import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.Translation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * Translates the positions of all groups for one cycle: what the link says of a partition is asked
 * once, however many groups have positions there. Confined to the thread of syncs.
 */
final class GroupTranslation {
  private final Function<TopicPartition, Copying> copying;
  private final AskedOnce translator;
  private final Map<String, String> otherLinks;
  private final Map<TopicPartition, Copying> known = new HashMap<>();

  /**
   * For one cycle.
   *
   * @param otherLinks see {@link GroupTargets#of}
   */
  GroupTranslation(
      Function<TopicPartition, Copying> copying,
      GroupTargets.Translator translator,
      Map<String, String> otherLinks) {
    this.copying = copying;
    this.translator = new AskedOnce(translator);
    this.otherLinks = otherLinks;
  }

  /** Whether the group has a position in a partition of the link. */
  boolean concerns(Map<TopicPartition, GroupPosition> positions) {
    for (TopicPartition partition : positions.keySet()) {
      if (isCopied(partition)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the group has a position in a partition that was moved. */
  boolean wasMoved(Map<TopicPartition, GroupPosition> positions) {
    return isAny(positions, Copying.NOT_ANY_MORE);
  }

  /** Whether the group has a position in a partition that has left the link. */
  boolean hasLeft(Map<TopicPartition, GroupPosition> positions) {
    return isAny(positions, Copying.LEFT);
  }

  private boolean isAny(Map<TopicPartition, GroupPosition> positions, Copying wanted) {
    for (TopicPartition partition : positions.keySet()) {
      if (copying(partition) == wanted) {
        return true;
      }
    }
    return false;
  }

  /** The positions that are kept in step: not those in partitions that were moved. */
  Map<TopicPartition, GroupPosition> withoutMoved(Map<TopicPartition, GroupPosition> positions) {
    if (!wasMoved(positions)) {
      return positions;
    }
    Map<TopicPartition, GroupPosition> others = new HashMap<>(positions);
    others.keySet().removeIf(partition -> copying(partition) == Copying.NOT_ANY_MORE);
    return others;
  }

  /** Whether a partition is about to be opened for the first time. */
  boolean isEarly(Map<TopicPartition, GroupPosition> positions) {
    for (TopicPartition partition : positions.keySet()) {
      if (copying(partition) == Copying.NOT_YET) {
        return true;
      }
    }
    return false;
  }

  GroupTargets targets(Map<TopicPartition, GroupPosition> positions) {
    return GroupTargets.of(positions, this::isCopied, translator, otherLinks);
  }

  private boolean isCopied(TopicPartition source) {
    Copying now = copying(source);
    return now == Copying.YES || now == Copying.NOT_YET;
  }

  private Copying copying(TopicPartition source) {
    return known.computeIfAbsent(source, copying);
  }

  private static final class AskedOnce implements GroupTargets.Translator {
    private final GroupTargets.Translator translator;
    private final Map<TopicPartition, List<TopicPartition>> sources = new HashMap<>();

    AskedOnce(GroupTargets.Translator translator) {
      this.translator = translator;
    }

    @Override
    public Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset) {
      return translator.toTargets(source, offset);
    }

    @Override
    public List<TopicPartition> sourcesOf(TopicPartition target) {
      return sources.computeIfAbsent(target, translator::sourcesOf);
    }
  }
}
