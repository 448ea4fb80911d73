package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.testkit.simulator.model.ModelKafka;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/** Checks that saved progress never covers more than the target holds below its high watermark. */
final class ProgressCheck {
  private final SourceTopic topic;
  private final TargetTruth target;
  private final ModelKafka kafka;
  private final String targetTopic;

  /** The last progress of each source partition: its offset, and the first serial after it. */
  private final Map<Integer, long[]> last = new HashMap<>();

  ProgressCheck(SourceTopic topic, TargetTruth target, ModelKafka kafka, String targetTopic) {
    this.topic = topic;
    this.target = target;
    this.kafka = kafka;
    this.targetTopic = targetTopic;
  }

  /** Checks progress that has just been saved. */
  void saved(Collection<Progress> all) {
    all.forEach(this::saved);
  }

  private void saved(Progress progress) {
    int source = progress.source().partition().partition();
    SourceTruth truth = topic.truth(source);
    long cut = cut(source, progress.sourceNext());
    for (RouteProgress route : progress.routes()) {
      int to = route.route().target().partition();
      RouteTruth there = target.route(source, to);
      LongList expected = truth.expected(to);
      int wanted = expected.lowerBound(cut);
      int found = there.countBelow(cut);
      if (found < wanted) {
        requireExcuse(progress, truth, there, expected, wanted);
      }
      if (found > 0) {
        long committed = kafka.partition(new TopicPartition(targetTopic, to)).committed();
        if (there.target(found - 1) >= committed) {
          throw new Violation(
              "%s is saved before target offset %d is replicated"
                  .formatted(progress, there.target(found - 1)));
        }
      }
    }
  }

  /**
   * Repeated progress, or progress that goes back, says nothing about records that replaced
   * truncated ones since.
   */
  private long cut(int source, long sourceNext) {
    long cut = cutNow(source, sourceNext);
    last.put(source, new long[] {sourceNext, cut});
    return cut;
  }

  /** The first serial after this offset, as it was when progress was last saved. */
  long cutNow(int source, long sourceNext) {
    long[] before = last.get(source);
    long cut = topic.truth(source).serialAt(sourceNext);
    if (before == null || sourceNext > before[0]) {
      return cut;
    }
    return sourceNext == before[0] ? before[1] : Math.min(before[1], cut);
  }

  private static void requireExcuse(
      Progress progress, SourceTruth truth, RouteTruth there, LongList expected, int wanted) {
    for (int i = 0; i < wanted; i++) {
      long serial = expected.get(i);
      if (!there.holds(serial) && !truth.isLost(serial) && !there.wasLost(serial)) {
        throw new Violation(
            "%s is saved, but serial %d of source offset %d is not in the target"
                .formatted(progress, serial, truth.offset(serial)));
      }
    }
  }
}
