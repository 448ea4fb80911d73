package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.MirrorComparison;
import dev.twinlog.testkit.MirrorReport;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Compares both clusters record by record, from their beginnings to their ends: the result of the
 * soak. In a compacted topic, which each cluster cleans by itself, each key must have the same last
 * record on both sides.
 */
final class FinalCheck {
  private final MirrorReport complete;
  private final int keys;
  private final List<String> wrongKeys;

  private FinalCheck(MirrorReport complete, int keys, List<String> wrongKeys) {
    this.complete = complete;
    this.keys = keys;
    this.wrongKeys = wrongKeys;
  }

  static FinalCheck of(SoakOptions options, SoakClusters clusters) {
    MirrorComparison comparison =
        MirrorComparison.between(clusters.source().kafka(), clusters.target().kafka());
    if (SoakIsolation.of(options.path()) == SoakIsolation.READ_UNCOMMITTED) {
      comparison.readTargetUncommitted();
    }
    SoakTopic.complete().forEach(topic -> comparison.topic(topic.topic()));
    Map<String, Long> there = last(KafkaTopics.of(clusters.source().kafka()));
    Map<String, Long> here = last(KafkaTopics.of(clusters.target().kafka()));
    List<String> wrong =
        there.entrySet().stream()
            .filter(one -> !one.getValue().equals(here.get(one.getKey())))
            .map(
                one ->
                    one.getKey()
                        + " has number "
                        + here.get(one.getKey())
                        + " instead of "
                        + one.getValue())
            .toList();
    return new FinalCheck(comparison.report(), there.size(), wrong);
  }

  /** The comparison of the topics that keep all records. */
  MirrorReport complete() {
    return complete;
  }

  /** How many keys the compacted topic has. */
  int keys() {
    return keys;
  }

  /** The keys whose last record differs in the target. */
  List<String> wrongKeys() {
    return wrongKeys;
  }

  /** Whether the copy is right. */
  boolean isRight(boolean mayRepeat) {
    return wrongKeys.isEmpty()
        && complete.lost()
                + complete.outOfOrder()
                + complete.altered()
                + complete.unexpected()
                + (mayRepeat ? 0 : complete.duplicated())
            == 0;
  }

  /** For each key of the compacted topic the number of its last record. */
  private static Map<String, Long> last(KafkaTopics topics) {
    Map<String, Long> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> one : topics.read(SoakTopic.COMPACTED.topic())) {
      last.put(new String(one.key(), StandardCharsets.US_ASCII), SoakRecord.numberOf(one));
    }
    return last;
  }
}
