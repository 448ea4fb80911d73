package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.internal.verify.CopiedLink.CopiedPartition;
import dev.twinlog.internal.verify.PartitionPlan.PlannedRoute;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicLogs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * Finds out which partitions of a link can be compared and from which offsets on, and why the
 * others can't. Confined to one thread.
 */
final class VerifyPlan {
  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /** The part of the memory that keys of all partitions compared at a time may take together. */
  private static final int KEYS_PART = 4;

  private final CopiedLink link;
  private final VerifyOptions options;
  private final PassPart part;
  private final Instant now;
  private final Map<TopicPartition, PartitionVerdict.Builder> findings = new TreeMap<>(BY_NAME);
  private final Map<TopicPartition, List<CopiedRoute>> bySource = new HashMap<>();
  private final Map<TopicPartition, List<CopiedRoute>> byTarget = new TreeMap<>(BY_NAME);

  /**
   * Selects the partitions.
   *
   * @throws ConfigurationException if the link copies other topics only
   */
  VerifyPlan(CopiedLink link, VerifyOptions options, PassPart part, Instant now) {
    this.link = link;
    this.options = options;
    this.part = part;
    this.now = now;
    for (CopiedRoute route : link.routes()) {
      add(bySource, route.route().source(), route);
      add(byTarget, route.route().target(), route);
    }
    Set<TopicPartition> all = new TreeSet<>(BY_NAME);
    all.addAll(bySource.keySet());
    all.addAll(link.partitions().keySet());
    for (TopicPartition source : all) {
      if (options.covers(source.topic()) && part.covers(source)) {
        findings.put(source, PartitionVerdict.builder(source));
      }
    }
    if (findings.isEmpty() && !all.isEmpty() && part.isEverything()) {
      throw new ConfigurationException(
          "verify options",
          List.of(
              "link %s copies none of the selected topics (%s), but %s"
                  .formatted(link.link(), options, topicsOf(all))));
    }
  }

  private static void add(
      Map<TopicPartition, List<CopiedRoute>> to, TopicPartition key, CopiedRoute route) {
    to.computeIfAbsent(key, partition -> new ArrayList<>()).add(route);
  }

  private static Set<String> topicsOf(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .map(TopicPartition::topic)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The findings by source partition. */
  Map<TopicPartition, PartitionVerdict.Builder> findings() {
    return findings;
  }

  /** The source topics of what is compared. */
  Set<String> sourceTopics() {
    return topicsOf(findings.keySet());
  }

  /** The target topics of what is compared. */
  Set<String> targetTopics() {
    return topicsOf(
        findings.keySet().stream()
            .flatMap(source -> routes(source).stream())
            .map(route -> route.route().target())
            .toList());
  }

  /** The routes from a source partition. */
  List<CopiedRoute> routes(TopicPartition source) {
    return bySource.getOrDefault(source, List.of());
  }

  /** Asks both clusters where their logs begin and what may be missing in them. */
  List<PartitionPlan> partitions(TopicLogs source, TopicLogs target) {
    Map<TopicPartition, Optional<Uuid>> atSource = ids(source.partitions());
    Map<TopicPartition, Optional<Uuid>> inTarget =
        targetTopics().isEmpty() ? Map.of() : ids(target.partitions());
    Map<TopicPartition, Long> starts = new HashMap<>();
    findings.forEach(
        (partition, builder) -> {
          String why = whyNot(partition, atSource, inTarget);
          if (why.isEmpty()) {
            starts.put(partition, 0L);
          } else {
            builder.reason(why);
          }
        });
    Map<TopicPartition, Long> sourceFrom = sourceFrom(source, starts.keySet());
    Set<TopicPartition> targets = new TreeSet<>(BY_NAME);
    starts.keySet().forEach(one -> targets.add(routes(one).get(0).route().target()));
    Map<TopicPartition, Long> targetStarts = resolve(target, targets, StartPosition.earliest());
    Rules rules = new Rules(source, target);
    List<PartitionPlan> plans = new ArrayList<>();
    for (TopicPartition one : targets) {
      Long logStart = targetStarts.get(one);
      if (logStart == null) {
        routesInto(one, sourceFrom)
            .forEach(
                route -> {
                  PartitionVerdict.Builder builder = route.findings();
                  if (builder != null) {
                    builder.reason("%s of %s does not answer".formatted(one, target.alias()));
                  }
                });
      } else {
        List<PlannedRoute> routes = routesInto(one, sourceFrom);
        plans.add(
            new PartitionPlan(
                one,
                routes,
                logStart,
                sample(),
                () -> rules.of(routes.get(0).route().route(), one)));
      }
    }
    return plans;
  }

  private Sample sample() {
    return new Sample(options.sample(), part.phase());
  }

  static Map<TopicPartition, Optional<Uuid>> ids(List<SourcePartition> partitions) {
    Map<TopicPartition, Optional<Uuid>> ids = new HashMap<>();
    partitions.forEach(one -> ids.put(one.partition(), one.topicId()));
    return ids;
  }

  /** Why a partition can't be compared; empty if it can. */
  private String whyNot(
      TopicPartition source,
      Map<TopicPartition, Optional<Uuid>> atSource,
      Map<TopicPartition, Optional<Uuid>> inTarget) {
    List<CopiedRoute> routes = routes(source);
    Optional<CopiedPartition> known = Optional.ofNullable(link.partitions().get(source));
    if (routes.isEmpty()) {
      return "nothing of it was copied yet";
    }
    if (routes.size() > 1) {
      return "its records are in %d target partitions, by key or by different mappers; this is not compared"
          .formatted(routes.size());
    }
    TopicPartition target = routes.get(0).route().target();
    Objects.requireNonNull(findings.get(source)).target(target);
    if (known.map(CopiedPartition::transformed).orElse(false)) {
      return "a transform changes or drops its records";
    }
    Optional<Uuid> id = atSource.getOrDefault(source, Optional.empty());
    if (!atSource.containsKey(source)) {
      return "it does not exist at the source any more";
    }
    Optional<Uuid> copied = known.flatMap(CopiedPartition::topicId);
    if (copied.isPresent() && id.isPresent() && !copied.equals(id)) {
      return "the source topic was recreated: topic id %s was copied, now it is %s"
          .formatted(copied.get(), id.get());
    }
    return inTarget.containsKey(target) ? "" : target + " does not exist in the target any more";
  }

  /** The offsets from which partitions are compared; one that does not answer is left out. */
  private Map<TopicPartition, Long> sourceFrom(TopicLogs source, Set<TopicPartition> partitions) {
    Map<TopicPartition, Long> from = resolve(source, partitions, StartPosition.earliest());
    Map<TopicPartition, Long> young =
        options
            .from()
            .map(last -> resolve(source, partitions, StartPosition.timestamp(now.minus(last))))
            .orElse(Map.of());
    Map<TopicPartition, Long> all = new HashMap<>();
    for (TopicPartition partition : partitions) {
      PartitionVerdict.Builder builder = Objects.requireNonNull(findings.get(partition));
      Long start = from.get(partition);
      if (start == null) {
        builder.reason("%s of %s does not answer".formatted(partition, source.alias()));
        continue;
      }
      CopiedRoute route = routes(partition).get(0);
      long wanted = Math.max(start, young.getOrDefault(partition, 0L));
      if (route.beginsLate() && wanted < route.sourceFirst()) {
        builder.reason(
            "records before source offset %d were copied without an offset map"
                .formatted(route.sourceFirst()));
      }
      all.put(partition, Math.max(wanted, route.sourceFirst()));
    }
    return all;
  }

  private static Map<TopicPartition, Long> resolve(
      TopicLogs logs, Set<TopicPartition> partitions, StartPosition position) {
    Map<TopicPartition, StartPosition> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, position));
    return wanted.isEmpty() ? Map.of() : logs.resolve(wanted);
  }

  private List<PlannedRoute> routesInto(
      TopicPartition target, Map<TopicPartition, Long> sourceFrom) {
    List<PlannedRoute> planned = new ArrayList<>();
    for (CopiedRoute route : byTarget.getOrDefault(target, List.of())) {
      Long from = sourceFrom.get(route.route().source());
      planned.add(
          from == null
              ? new PlannedRoute(route, Long.MAX_VALUE, SkippedOffsets.none(), null)
              : new PlannedRoute(
                  route,
                  from,
                  skipped(route.route().source()),
                  findings.get(route.route().source())));
    }
    return planned;
  }

  private SkippedOffsets skipped(TopicPartition source) {
    CopiedPartition known = link.partitions().get(source);
    return known == null ? SkippedOffsets.none() : known.skipped();
  }

  /** Creates the rules of comparisons. */
  private final class Rules {
    private final Map<String, TopicConfigs> sourceConfigs;
    private final Map<String, TopicConfigs> targetConfigs;
    private final Map<Long, Optional<Route>> writtenBy;

    Rules(TopicLogs source, TopicLogs target) {
      Set<String> targets = targetTopics();
      sourceConfigs = source.describeConfigs(sourceTopics());
      targetConfigs = targets.isEmpty() ? Map.of() : target.describeConfigs(targets);
      writtenBy = target.writtenBy(link.link());
    }

    ComparisonRules of(Route route, TopicPartition target) {
      return new ComparisonRules(
          compaction(sourceConfigs, route.source().topic()),
          compaction(targetConfigs, target.topic()),
          writtenBy,
          new CompactedKeys(options.maxMemory() / KEYS_PART / Verification.MOST_ACTIVE),
          link.others().getOrDefault(target, SkippedOffsets.none()),
          now.toEpochMilli());
    }

    private static Compaction compaction(Map<String, TopicConfigs> configs, String topic) {
      return Compaction.of(Optional.ofNullable(configs.get(topic)));
    }
  }
}
