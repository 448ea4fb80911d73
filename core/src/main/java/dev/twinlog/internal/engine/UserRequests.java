package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/**
 * Checks requests of the user on the user's thread, and refuses those that the link can't carry
 * out. The state may change afterwards, so the control thread checks again. Thread-safe.
 */
final class UserRequests {
  private final Link link;

  UserRequests(Link link) {
    this.link = link;
  }

  /** Refuses a request if the link has ended. */
  void requireRunning(String what) {
    LinkState state = link.state().shown();
    if (state == LinkState.STOPPING || state.isFinal()) {
      throw new IllegalStateException(
          "link %s can't be %s, it is %s (%s): a replicator starts once, build a new one and start it"
              .formatted(link.name(), what, state, link.state().reason()));
    }
  }

  /** Returns these partitions if all of them belong to the link. */
  List<TopicPartition> requireKnown(Collection<TopicPartition> partitions) {
    List<TopicPartition> asked = List.copyOf(partitions);
    LinkState state = link.state().shown();
    if (state == LinkState.DISABLED) {
      return List.of(); // a disabled link has no partitions
    }
    List<TopicPartition> unknown = new ArrayList<>(asked);
    unknown.removeAll(link.allFigures().keySet());
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "link %s, which is %s, has no source partition %s; it has %d, see status().partitions()"
              .formatted(link.name(), state, unknown, link.allFigures().size()));
    }
    return asked;
  }

  /** Returns these topics if the link has all of them, or may have: it was not started. */
  Set<String> requireTopics(Collection<String> topics) {
    Set<String> asked = Set.copyOf(topics);
    LinkState state = link.state().shown();
    if (state == LinkState.DISABLED || state == LinkState.NEW) {
      return asked;
    }
    Set<String> known = new TreeSet<>(link.pausedTopics().names());
    link.allFigures().keySet().forEach(partition -> known.add(partition.topic()));
    Set<String> unknown = new TreeSet<>(asked);
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "link %s, which is %s, has no source topic %s; it has %d, see status().partitions()"
              .formatted(link.name(), state, unknown, known.size()));
    }
    return asked;
  }

  /** Returns these partitions if all of them have stopped for a loss. */
  List<TopicPartition> requireLoss(Collection<TopicPartition> partitions) {
    List<TopicPartition> asked = requireKnown(partitions);
    for (TopicPartition partition : asked) {
      PartitionFigures figures = link.allFigures().get(partition);
      if (figures != null && figures.loss() == null) {
        throw new IllegalStateException(
            "%s of link %s has no loss to accept: it is %s (%s)"
                .formatted(partition, link.name(), figures.state(), figures.reason()));
      }
    }
    return asked;
  }
}
