package dev.twinlog.internal.verify;

import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.offsets.CopiedRoute;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.TopicPartition;

/**
 * The partitions that a continuous verification compares together, and how long that may take.
 *
 * @param sources the source partitions; empty for all
 * @param time how long it takes; what is left of it is waited for
 * @param offsetsPerSecond the most offsets of the source that are read; infinite for no limit
 * @param phase of the sample, at least 0, below 1
 */
public record PassPart(
    Optional<Set<TopicPartition>> sources, Duration time, double offsetsPerSecond, double phase) {
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /** So long a part is at least, so that connections are not opened all the time. */
  private static final Duration LONG_ENOUGH = Duration.ofMinutes(1);

  /** But there are several in a pass, so that what is found is known before its end. */
  private static final int PARTS = 8;

  /** The partitions that are copied into one target partition, which is read once for them. */
  private static final class Together {
    final Set<TopicPartition> sources = new HashSet<>();
    double offsets;
  }

  static PassPart everything() {
    return new PassPart(
        Optional.empty(),
        Duration.ZERO,
        Double.POSITIVE_INFINITY,
        ThreadLocalRandom.current().nextDouble());
  }

  /**
   * Divides a pass, so that each part takes as much of the time as it has of the offsets.
   *
   * @param perPass how long the pass takes
   * @return the parts in the order of the target partitions; none if nothing is to be compared
   */
  public static List<PassPart> of(
      CopiedLink link, VerifyOptions options, Duration perPass, double phase) {
    List<Together> all = together(link, options);
    double offsets = all.stream().mapToDouble(one -> one.offsets).sum();
    double rate =
        offsets == 0
            ? Double.POSITIVE_INFINITY
            : offsets * options.sample() / (perPass.toNanos() / 1e9);
    double longEnough =
        Math.min((double) LONG_ENOUGH.toNanos(), perPass.toNanos() / (double) PARTS);
    List<PassPart> parts = new ArrayList<>();
    Set<TopicPartition> sources = new HashSet<>();
    double nanos = 0;
    for (int i = 0; i < all.size(); i++) {
      sources.addAll(all.get(i).sources);
      nanos += perPass.toNanos() * (offsets == 0 ? 1.0 / all.size() : all.get(i).offsets / offsets);
      if (nanos >= longEnough || i == all.size() - 1) {
        parts.add(
            new PassPart(
                Optional.of(Set.copyOf(sources)), Duration.ofNanos((long) nanos), rate, phase));
        sources.clear();
        nanos = 0;
      }
    }
    return parts;
  }

  private static List<Together> together(CopiedLink link, VerifyOptions options) {
    Map<TopicPartition, Together> byTarget = new TreeMap<>(BY_NAME);
    Map<TopicPartition, TopicPartition> targets = new HashMap<>();
    for (CopiedRoute route : link.routes()) {
      TopicPartition source = route.route().source();
      if (options.covers(source.topic())) {
        TopicPartition target =
            targets.computeIfAbsent(source, partition -> route.route().target());
        Together one = byTarget.computeIfAbsent(target, partition -> new Together());
        one.sources.add(source);
        one.offsets += Math.max(0, route.copied() - Math.max(0, route.sourceFirst()));
      }
    }
    List<Together> all = new ArrayList<>(byTarget.values());
    Together notCopied = new Together();
    for (TopicPartition source : link.partitions().keySet()) {
      if (options.covers(source.topic()) && !targets.containsKey(source)) {
        notCopied.sources.add(source);
      }
    }
    if (!notCopied.sources.isEmpty()) {
      all.add(notCopied);
    }
    return all;
  }

  /** How many source partitions it has; none are named if it has all. */
  public int size() {
    return sources.map(Set::size).orElse(0);
  }

  boolean isEverything() {
    return sources.isEmpty();
  }

  boolean covers(TopicPartition source) {
    return sources.map(some -> some.contains(source)).orElse(true);
  }
}
