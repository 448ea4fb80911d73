package dev.twinlog.testkit.soak;

import dev.twinlog.Offsets;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.spi.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.apache.kafka.common.TopicPartition;

/**
 * Translates every offset of the topics that keep all records, in both directions, with the stored
 * offset map, and compares the results with the true offsets of the records.
 *
 * <p>The right result is the offset, on the other side, of the record at the offset or of the first
 * one after it. After the last record it is an offset after the last record there.
 */
final class OffsetsCheck {
  private static final int EXAMPLES = 5;

  private final List<String> examples = new ArrayList<>();
  private long checked;
  private long inexact;
  private long wrong;

  private OffsetsCheck() {}

  /** Checks a link that was closed and whose copy is exact. */
  static OffsetsCheck of(SoakOptions options, SoakClusters clusters) {
    OffsetsCheck check = new OffsetsCheck();
    Offsets offsets =
        KafkaLinks.openOffsets(
            KafkaCluster.of("target", clusters.target().kafka().bootstrapServers()),
            ReplicatorProgram.LINK);
    for (SoakTopic topic : SoakTopic.complete()) {
      for (int number = 0; number < topic.partitions(); number++) {
        TopicPartition partition = topic.partition(number);
        CopiedOffsets source =
            CopiedOffsets.read(clusters.source().kafka(), partition, SoakIsolation.READ_COMMITTED);
        CopiedOffsets target =
            CopiedOffsets.read(
                clusters.target().kafka(), partition, SoakIsolation.of(options.path()));
        check.direction(
            "to the target", partition, source, source.end(), target, offsets::toTarget);
        // a transaction marker after the last record is not in the map
        check.direction(
            "to the source", partition, target, target.next(), source, offsets::toSource);
      }
    }
    return check;
  }

  /** How many offsets were translated, counting each direction. */
  long checked() {
    return checked;
  }

  /** How many results were right but not exact. */
  long inexact() {
    return inexact;
  }

  /** How many results were wrong: exact but another offset, or after the right one. */
  long wrong() {
    return wrong;
  }

  /** The first few wrong results, as text. */
  List<String> examples() {
    return examples;
  }

  private void direction(
      String direction,
      TopicPartition partition,
      CopiedOffsets from,
      long last,
      CopiedOffsets to,
      BiFunction<TopicPartition, Long, Translation> translator) {
    int next = 0;
    for (long offset = 0; offset <= last; offset++) {
      while (next < from.size() && from.offset(next) < offset) {
        next++;
      }
      Translation answer = translator.apply(partition, offset);
      checked++;
      if (answer instanceof Translation.Unavailable) {
        inexact++;
      } else if (answer instanceof Translation.AtLeast early
          && early.offset() <= (next < to.size() ? to.offset(next) : to.end())) {
        inexact++;
      } else if (!isRight(answer, partition, next, to)) {
        wrong++;
        if (examples.size() < EXAMPLES) {
          examples.add(
              partition
                  + "@"
                  + offset
                  + " "
                  + direction
                  + " is "
                  + answer
                  + " instead of "
                  + (next < to.size() ? to.offset(next) : "the end"));
        }
      }
    }
  }

  private static boolean isRight(
      Translation answer, TopicPartition partition, int next, CopiedOffsets to) {
    if (!(answer instanceof Translation.Exact exact) || !exact.partition().equals(partition)) {
      return false;
    }
    if (next < to.size()) {
      return exact.offset() == to.offset(next);
    }
    return exact.offset() <= to.end()
        && (to.size() == 0 || exact.offset() > to.offset(to.size() - 1));
  }
}
