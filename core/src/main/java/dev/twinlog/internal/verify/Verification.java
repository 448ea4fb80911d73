package dev.twinlog.internal.verify;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyOptions;
import dev.twinlog.VerifyReport;
import dev.twinlog.internal.offsets.CopiedRoute;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.TopicLogs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** Verifies the copy of a link: one pass over both clusters. Confined to the caller's thread. */
public final class Verification {
  /** The most target partitions that are compared at a time. */
  static final int MOST_ACTIVE = 8;

  private final ReadableLogs source;
  private final ReadableLogs target;
  private final Supplier<CopiedLink> copied;
  private final VerifyOptions options;
  private final PassPart part;

  /**
   * Prepares a verification; connects to nothing.
   *
   * @param copied what the link has copied, as of each call
   * @throws ConfigurationException if the options are those of a continuous one
   */
  public Verification(
      ReadableLogs source,
      ReadableLogs target,
      Supplier<CopiedLink> copied,
      VerifyOptions options) {
    this(source, target, copied, options, PassPart.everything());
    if (options.perPass().isPresent()) {
      throw new ConfigurationException(
          "verify options",
          List.of(
              "they were continuous, but this verifies once: give them to Replicator.Builder.verifying"));
    }
  }

  /** The same for a part of a continuous verification. */
  public Verification(
      ReadableLogs source,
      ReadableLogs target,
      Supplier<CopiedLink> copied,
      VerifyOptions options,
      PassPart part) {
    this.source = source;
    this.target = target;
    this.copied = copied;
    this.options = options;
    this.part = part;
  }

  /**
   * Compares everything that was copied when it is called.
   *
   * @throws dev.twinlog.spi.ReplicationException if one of the clusters can't be reached, or the
   *     thread is interrupted
   */
  public VerifyReport run() {
    Instant begunAt = Clock.systemUTC().instant();
    long begun = System.nanoTime();
    CopiedLink link = copied.get();
    VerifyPlan plan = new VerifyPlan(link, options, part, begunAt);
    if (!plan.findings().isEmpty()) {
      try (TopicLogs from = source.openLogs(plan.sourceTopics());
          TopicLogs to = target.openLogs(plan.targetTopics())) {
        List<SourcePartition> before = from.partitions();
        Map<TopicPartition, Optional<Uuid>> inTarget = idsIn(to, plan);
        List<PartitionPlan> partitions = plan.partitions(from, to);
        new VerifyPass(
                from, to, partitions, plan.findings(), options, part.offsetsPerSecond(), begun)
            .run();
        checkIds(VerifyPlan.ids(before), VerifyPlan.ids(from.partitions()), plan, true);
        checkIds(inTarget, idsIn(to, plan), plan, false);
      }
      checkMaps(plan);
    }
    return VerifyReport.of(
        link.link(),
        begunAt,
        Duration.ofNanos(System.nanoTime() - begun),
        plan.findings().values().stream().map(PartitionVerdict.Builder::build).toList());
  }

  private static Map<TopicPartition, Optional<Uuid>> idsIn(TopicLogs target, VerifyPlan plan) {
    return plan.targetTopics().isEmpty() ? Map.of() : VerifyPlan.ids(target.partitions());
  }

  /** A topic that was deleted or recreated meanwhile is not what was to be compared. */
  private static void checkIds(
      Map<TopicPartition, Optional<Uuid>> before,
      Map<TopicPartition, Optional<Uuid>> after,
      VerifyPlan plan,
      boolean atSource) {
    plan.findings()
        .forEach(
            (partition, findings) -> {
              for (CopiedRoute route : plan.routes(partition)) {
                TopicPartition one = atSource ? partition : route.route().target();
                if (before.containsKey(one) && !before.get(one).equals(after.get(one))) {
                  findings
                      .withdrawDifferences()
                      .reason(
                          "topic %s %s was deleted or recreated meanwhile"
                              .formatted(
                                  one.topic(), atSource ? "at the source" : "in the target"));
                }
              }
            });
  }

  /** Differences count only if the link still says that it copied these records to there. */
  private void checkMaps(VerifyPlan plan) {
    if (plan.findings().values().stream().noneMatch(one -> one.differences() > 0)) {
      return;
    }
    Map<Route, CopiedRoute> now = new HashMap<>();
    copied.get().routes().forEach(route -> now.put(route.route(), route));
    plan.findings()
        .forEach(
            (partition, findings) -> {
              for (CopiedRoute before : plan.routes(partition)) {
                CopiedRoute after = now.get(before.route());
                if (after == null || hasChanged(before, after, findings.examples())) {
                  findings
                      .withdrawDifferences()
                      .reason(
                          "the link has changed its offset map where differences were found, since it has copied there again or the target has deleted records: verify again");
                }
              }
            });
  }

  private static boolean hasChanged(
      CopiedRoute before, CopiedRoute after, List<VerifyDifference> examples) {
    return examples.stream()
        .filter(example -> example.sourceOffset().isPresent())
        .map(example -> example.sourceOffset().getAsLong())
        .anyMatch(offset -> !before.toTarget(offset).equals(after.toTarget(offset)));
  }
}
