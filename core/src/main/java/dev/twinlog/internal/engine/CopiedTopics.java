package dev.twinlog.internal.engine;

import dev.twinlog.internal.control.TopicAdmission;
import dev.twinlog.internal.engine.lane.CopySession;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.sync.CopiedTopic;
import dev.twinlog.internal.engine.sync.DeletionDuty;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Route;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** What is being copied now, for the syncs. Confined to the control thread. */
final class CopiedTopics {
  private final Link link;
  private final Partitions partitions;
  private final TopicAdmission admission;
  private final Supplier<Map<String, Integer>> counts;

  /**
   * Creates the list.
   *
   * @param counts the number of partitions of each source topic at the last discovery
   */
  CopiedTopics(
      Link link,
      Partitions partitions,
      TopicAdmission admission,
      Supplier<Map<String, Integer>> counts) {
    this.link = link;
    this.partitions = partitions;
    this.admission = admission;
    this.counts = counts;
  }

  /** One for each target topic: if several topics share one, that with the most partitions. */
  List<CopiedTopic> topics() {
    Comparator<CopiedTopic> byPartitions =
        Comparator.comparing(topic -> counts.get().getOrDefault(topic.source(), 0));
    Comparator<CopiedTopic> leading =
        byPartitions.thenComparing(CopiedTopic::source, Comparator.reverseOrder());
    Map<String, CopiedTopic> byTarget = new TreeMap<>();
    for (PartitionControl partition : partitions.all()) {
      CopySession session = partition.session();
      if (session != null) {
        byTarget.merge(
            session.targetTopic(),
            new CopiedTopic(partition.topic(), session.targetTopic()),
            (one, other) -> leading.compare(one, other) >= 0 ? one : other);
      }
    }
    return List.copyOf(byTarget.values());
  }

  /** What is copied, and what is still there. */
  DeletionDuty.Topics present() {
    Map<String, DeletionDuty.Copy> copied = new HashMap<>();
    Set<String> topics = new HashSet<>(counts.get().keySet());
    topics.addAll(link.movedTopics().keySet()); // what clients use now is no copy to be deleted
    for (PartitionControl partition : partitions.all()) {
      topics.add(partition.topic());
      CopySession session = partition.session();
      if (session != null) {
        session
            .targetId()
            .ifPresent(
                id ->
                    copied.put(
                        partition.topic(), new DeletionDuty.Copy(session.targetTopic(), id)));
      }
    }
    Map<String, String> present = new HashMap<>();
    topics.forEach(topic -> present.put(topic, targetOf(topic)));
    return new DeletionDuty.Topics(copied, present);
  }

  /** The target topics of all topics that the source has, and of all that are part of the link. */
  Set<String> targets() {
    Set<String> targets = new HashSet<>(present().present().values());
    topics().forEach(topic -> targets.add(topic.target()));
    return targets;
  }

  private String targetOf(String topic) {
    try {
      return admission.targetTopic(topic);
    } catch (PartitionFailedException e) {
      return ""; // its partitions stop when they are opened
    }
  }

  /**
   * The routes of topics that are not compacted, if they are the only ones of their source
   * partitions, with the offset up to which each is copied.
   */
  Map<Route, Long> singleRoutes() {
    Map<Route, Long> routes = new HashMap<>();
    for (PartitionControl partition : partitions.all()) {
      CopySession session = partition.session();
      if (session != null && !session.isCompacted() && session.routes().routes().size() == 1) {
        routes.put(session.routes().routes().get(0), partition.figures().copiedNext());
      }
    }
    return routes;
  }
}
