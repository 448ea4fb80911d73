package dev.twinlog.internal.control;

import dev.twinlog.spi.GroupStore.GroupPosition;
import dev.twinlog.spi.Translation;
import dev.twinlog.spi.Translation.AtLeast;
import dev.twinlog.spi.Translation.Exact;
import dev.twinlog.spi.Translation.Pending;
import dev.twinlog.spi.Translation.Unavailable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Where a consumer group belongs in the target, as far as its records are copied.
 *
 * <p>A position behind the end of the copy becomes the end of the copy: the group has read
 * everything that is there. Where several source partitions are written to one target partition the
 * group continues at the least of their positions, and only if it has one in each of them.
 *
 * @param positions by target partition
 * @param missing why a source position has no counterpart, by source partition
 * @param moved why a position is not that of the next record, by target partition
 * @param shared whether some are missing since another link writes to the same topic
 */
public record GroupTargets(
    Map<TopicPartition, Target> positions,
    Map<TopicPartition, String> missing,
    Map<TopicPartition, String> moved,
    boolean shared) {
  static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /** Positions that are where they belong. */
  GroupTargets(Map<TopicPartition, Target> positions, Map<TopicPartition, String> missing) {
    this(positions, missing, Map.of(), false);
  }

  /** Of a group of which nothing is known. */
  public static GroupTargets none() {
    return new GroupTargets(Map.of(), Map.of());
  }

  /** Translates positions; see {@code dev.twinlog.Offsets}. */
  public interface Translator {

    /** Where a source position is in every target partition that its partition is written to. */
    Map<TopicPartition, Translation> toTargets(TopicPartition source, long offset);

    /** The source partitions that are written to a target partition. */
    List<TopicPartition> sourcesOf(TopicPartition target);
  }

  /**
   * A position in the target.
   *
   * @param offset where the group continues
   * @param metadata that of the source position
   * @param ahead whether the group has read more in the source than is copied
   * @param exact whether nothing is read twice from there
   * @param sources the partitions whose positions are in it
   */
  public record Target(
      long offset, String metadata, boolean ahead, boolean exact, List<TopicPartition> sources) {
    private Target at(long other) {
      return new Target(other, metadata, ahead, exact, sources);
    }
  }

  /**
   * Translates the positions of a group.
   *
   * @param isCopied whether the link copies a source partition
   * @param otherLinks other links that write to target topics, by topic: a position there would
   *     have to say how far the group has read the records of each
   */
  public static GroupTargets of(
      Map<TopicPartition, GroupPosition> source,
      Predicate<TopicPartition> isCopied,
      Translator translator,
      Map<String, String> otherLinks) {
    Map<TopicPartition, List<Part>> parts = new HashMap<>();
    Map<TopicPartition, String> missing = new TreeMap<>(BY_NAME);
    source.forEach(
        (partition, position) -> {
          if (!isCopied.test(partition)) {
            missing.put(partition, "the link does not copy it");
          } else {
            translate(partition, position, translator, parts)
                .ifPresent(why -> missing.put(partition, why));
          }
        });
    Map<TopicPartition, Target> positions = new HashMap<>();
    Map<TopicPartition, String> blocked = new HashMap<>();
    Map<TopicPartition, String> shared = new HashMap<>();
    parts.forEach(
        (target, all) -> {
          Optional<TopicPartition> absent = absent(translator.sourcesOf(target), all);
          String other = otherLinks.get(target.topic());
          if (other != null) {
            String why = "link %s writes to %s as well".formatted(other, target.topic());
            all.forEach(part -> shared.put(part.source, why));
          } else if (absent.isEmpty()) {
            positions.put(target, least(all));
          } else {
            String why =
                "%s is also written from %s, %s"
                    .formatted(
                        target,
                        absent.get(),
                        missing.containsKey(absent.get())
                            ? "whose position can't be translated"
                            : "where the group has no position");
            all.forEach(part -> blocked.put(part.source, why));
          }
        });
    blocked.forEach(missing::putIfAbsent);
    shared.forEach(missing::putIfAbsent);
    return new GroupTargets(positions, missing, Map.of(), !shared.isEmpty());
  }

  /**
   * Returns these targets with positions whose records the target has deleted at the first record
   * that it has: else consumers would continue where they choose, perhaps at the end.
   *
   * @param starts log starts, by target partition
   */
  public GroupTargets notBefore(Map<TopicPartition, Long> starts) {
    Map<TopicPartition, Target> now = new HashMap<>(positions);
    Map<TopicPartition, String> why = new HashMap<>(moved);
    positions.forEach(
        (partition, target) -> {
          long start = starts.getOrDefault(partition, 0L);
          if (target.offset() < start) {
            now.put(partition, target.at(start));
            why.put(
                partition,
                "the target has deleted its records from %d on; it continues at %d"
                    .formatted(target.offset(), start));
          }
        });
    return why.isEmpty() ? this : new GroupTargets(now, missing, why, shared);
  }

  /** The same in little memory, to be kept. */
  public GroupTargets compact() {
    return new GroupTargets(Map.copyOf(positions), Map.copyOf(missing), Map.copyOf(moved), shared);
  }

  /** A source of the target partition in which the group has no translated position. */
  private static Optional<TopicPartition> absent(List<TopicPartition> sources, List<Part> parts) {
    return parts.size() >= sources.size()
        ? Optional.empty()
        : sources.stream()
            .filter(source -> parts.stream().noneMatch(part -> part.source.equals(source)))
            .findFirst();
  }

  /** One source position in one target partition. */
  private record Part(
      TopicPartition source, long offset, String metadata, boolean ahead, boolean exact) {}

  /** Adds the parts of a position, or returns why there are none. */
  private static Optional<String> translate(
      TopicPartition source,
      GroupPosition position,
      Translator translator,
      Map<TopicPartition, List<Part>> into) {
    Map<TopicPartition, Translation> answers = translator.toTargets(source, position.offset());
    if (answers.isEmpty()) {
      return Optional.of("it was not opened yet");
    }
    Map<TopicPartition, Part> found = new HashMap<>();
    for (Map.Entry<TopicPartition, Translation> answer : answers.entrySet()) {
      Translation where = answer.getValue();
      boolean ahead = where instanceof Pending;
      if (where instanceof Pending pending) {
        where = translator.toTargets(source, pending.copiedUpTo()).get(answer.getKey());
      }
      if (where instanceof Unavailable unavailable) {
        return Optional.of(unavailable.reason());
      }
      Part part = part(source, position, where, ahead);
      if (part == null) {
        return Optional.of("it is being opened again");
      }
      found.put(answer.getKey(), part);
    }
    found.forEach(
        (target, part) -> into.computeIfAbsent(target, any -> new ArrayList<>(1)).add(part));
    return Optional.empty();
  }

  private static @Nullable Part part(
      TopicPartition source, GroupPosition position, @Nullable Translation where, boolean ahead) {
    if (where instanceof Exact exact) {
      return new Part(source, exact.offset(), position.metadata(), ahead, true);
    }
    if (where instanceof AtLeast early) {
      return new Part(source, early.offset(), position.metadata(), ahead, false);
    }
    return null;
  }

  private static Target least(List<Part> parts) {
    Part least = parts.get(0);
    boolean ahead = false;
    boolean exact = true;
    for (Part part : parts) {
      ahead |= part.ahead;
      exact &= part.exact && part.offset == least.offset;
      if (part.offset < least.offset) {
        least = part;
      }
    }
    // what a consumer stored with one of several positions says nothing of the others
    String metadata = parts.size() == 1 ? least.metadata : "";
    List<TopicPartition> sources =
        parts.size() == 1
            ? List.of(least.source)
            : parts.stream().map(Part::source).sorted(BY_NAME).toList();
    return new Target(least.offset, metadata, ahead, exact, sources);
  }
}
