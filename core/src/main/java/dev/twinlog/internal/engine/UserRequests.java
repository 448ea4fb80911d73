package dev.twinlog.internal.engine;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.PartitionFigures;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.OffsetHistory;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SelectedTopics;
import dev.twinlog.spi.Translation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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

  /** Refuses a selection with the dead-letter topic. */
  void requireNoDeadLetters(SelectedTopics topics) {
    Optional<String> letters = link.settings().get(LinkOptions.DEAD_LETTERS).topic();
    if (letters.isPresent() && topics.selects(letters.get())) {
      throw new ConfigurationException(
          "link " + link.name(), List.of(LinkOptions.selectsDeadLetters(letters.get())));
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

  /**
   * Whether this record of a partition can be left out; false if it is left out already, or the
   * link is disabled.
   */
  boolean requireSkippable(TopicPartition source, long offset) {
    List<TopicPartition> known = requireKnown(List.of(source));
    PartitionFigures figures = link.allFigures().get(source);
    if (known.isEmpty() || figures == null) {
      return false;
    }
    if (figures.skipped().contains(offset)) {
      return figures.state() == PartitionState.STOPPED || figures.state() == PartitionState.PAUSED;
    }
    String what =
        "offset %d of %s can't be skipped by link %s: ".formatted(offset, source, link.name());
    String state = "it is %s (%s)".formatted(figures.state(), figures.reason());
    if (figures.state() != PartitionState.STOPPED && figures.state() != PartitionState.PAUSED) {
      throw new IllegalStateException(
          what + state + "; pause the partition, and skip when its status shows it as PAUSED");
    }
    long copied = figures.copiedNext();
    if (copied == PartitionFigures.UNKNOWN) {
      throw new IllegalStateException(
          what + state + ", and was never opened, so nothing of it has failed; resume it first");
    }
    if (offset < copied) {
      throw new IllegalArgumentException(
          what
              + "it was copied already, as everything before offset %d was%s"
                  .formatted(copied, inTarget(source, offset)));
    }
    requireEnd(what, figures, offset);
    if (!figures.endsExactly()) {
      throw new IllegalStateException(
          what
              + state
              + ", and which records the target has behind offset %d is not certain; resume it, and pause it when it copies"
                  .formatted(copied));
    }
    return true;
  }

  private static void requireEnd(String what, PartitionFigures figures, long offset) {
    long end = figures.sourceEnd();
    if (end == PartitionFigures.UNKNOWN) {
      throw new IllegalStateException(
          what
              + "the source's end is not known now; try again when the partition's status shows it");
    }
    if (offset >= end) {
      throw new IllegalArgumentException(
          what + "the source has no such record, it ends at offset " + end);
    }
  }

  /** Where a copied record is; empty if that isn't known. */
  private String inTarget(TopicPartition source, long offset) {
    OffsetHistory history = link.claims().history();
    List<Route> routes = history.routesFrom(source);
    return routes.size() == 1
            && history.toTarget(routes.get(0), offset) instanceof Translation.Exact exact
        ? "; it is at offset %d of %s in the target".formatted(exact.offset(), exact.partition())
        : "";
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
