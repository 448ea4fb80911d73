package dev.twinlog.internal.engine.move;

import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MovePhase;
import dev.twinlog.internal.progress.MovedGroup;
import dev.twinlog.internal.progress.MovedTopics;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.SourcePartition;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;

/**
 * The topics that a move concerns: all, or those that are selected; and never those that were moved
 * before. Immutable.
 *
 * @param selected empty for a move of the whole link
 * @param moved the topics that were moved before
 */
public record MoveScope(Optional<Predicate<String>> selected, Set<String> moved) {
  public MoveScope {
    moved = Set.copyOf(moved);
  }

  /** The scope of a move of a link with this state. */
  static MoveScope of(Optional<Predicate<String>> selected, MoveEntries.Stored stored) {
    return new MoveScope(selected, topics(stored));
  }

  /** Whether the link copies nothing any more after it. */
  public boolean isWhole() {
    return selected.isEmpty();
  }

  /** Whether a topic of the source is moved. */
  public boolean includes(String topic) {
    return !moved.contains(topic) && selects(topic);
  }

  /** Whether a partition of the source is moved. */
  public boolean includes(TopicPartition partition) {
    return includes(partition.topic());
  }

  /** Whether a topic of the source is selected; it may have been moved before. */
  boolean selects(String topic) {
    return selected.map(it -> it.test(topic)).orElse(true);
  }

  /** The selected ones of the topics of these partitions; they may have been moved before. */
  Set<String> selected(Collection<SourcePartition> partitions) {
    Set<String> topics = new TreeSet<>();
    for (SourcePartition one : partitions) {
      if (selects(one.partition().topic())) {
        topics.add(one.partition().topic());
      }
    }
    return topics;
  }

  /** Those of partitions that are moved. */
  <T> Map<TopicPartition, T> of(Map<TopicPartition, T> all) {
    Map<TopicPartition, T> some = new HashMap<>(all);
    some.keySet().removeIf(partition -> !includes(partition));
    return some;
  }

  // Of a link of which some topics were moved.

  /** The topics that were moved while the link goes on. */
  static Set<String> topics(MoveEntries.Stored stored) {
    Set<String> topics = new HashSet<>();
    stored.some().forEach(one -> topics.addAll(one.topics()));
    return topics;
  }

  /** The move that has moved all these topics; empty if none has. */
  static Optional<MovedTopics> by(Set<String> topics, MoveEntries.Stored stored) {
    return stored.some().stream().filter(one -> one.topics().containsAll(topics)).findFirst();
  }

  /** The seams of the topics of such a move. */
  static Map<TopicPartition, Seam> seamsOf(MovedTopics move, MoveEntries.Stored stored) {
    Map<TopicPartition, Seam> seams = new HashMap<>(stored.seams());
    seams.keySet().removeIf(partition -> !move.topics().contains(partition.topic()));
    return seams;
  }

  /** How far such a move is: it is done. */
  static MovePhase phaseOf(MovedTopics move) {
    return new MovePhase(Phase.DONE.name(), move.writtenAfterCut());
  }

  /** What has become of groups in such a move, which is remembered of the last one only. */
  static Map<String, MovedGroup> groupsOf(MovedTopics move, MoveEntries.Stored stored) {
    boolean isLast = move.equals(stored.some().get(stored.some().size() - 1));
    return isLast ? stored.groups() : Map.of();
  }

  /** Why a topic is not copied any more, by topic. */
  public static Map<String, String> reasons(MoveEntries.Stored stored) {
    Map<String, String> reasons = new HashMap<>();
    for (MovedTopics one : stored.some()) {
      one.topics().forEach(topic -> reasons.put(topic, reason(one)));
    }
    return reasons;
  }

  /** By what these topics were moved, for people. */
  static String listedReasons(Set<String> topics, MoveEntries.Stored stored) {
    Map<String, String> reasons = new TreeMap<>(reasons(stored));
    reasons.keySet().retainAll(topics);
    return StoredMove.listed(reasons);
  }

  /** Why topics are not copied any more. */
  static String reason(MovedTopics one) {
    return "moved by the %s begun at %s by %s"
        .formatted(
            one.header().verb(),
            Instant.ofEpochMilli(one.header().begunMs()),
            one.header().actor());
  }

  /** The seams of topics that were not moved before. */
  static Map<TopicPartition, Seam> seamsOfRest(MoveEntries.Stored stored) {
    return new MoveScope(Optional.empty(), topics(stored)).of(stored.seams());
  }
}
