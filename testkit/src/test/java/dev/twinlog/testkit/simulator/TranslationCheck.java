package dev.twinlog.testkit.simulator;

import dev.twinlog.Offsets;
import dev.twinlog.PartitionStatus;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.offsets.TranslatedOffsets;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.Translation;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;

/**
 * Checks offset translations against the contents of the records: those of an instance, and those
 * of what is stored of a link that was moved.
 */
final class TranslationCheck {
  private final World world;
  private final Random random;

  TranslationCheck(World world, Random random) {
    this.world = world;
    this.random = random;
  }

  /** Translates some random offsets and checks the results. */
  void check(Instance instance, int questions) {
    for (int i = 0; i < questions; i++) {
      int source = random.nextInt(world.topic().partitions());
      long end = world.source().endOffset(SourceTopic.partition(source));
      long asked = random.nextLong(end + 2);
      Map<TopicPartition, Translation> answers =
          instance.replicator().offsets().toTargets(SourceTopic.partition(source), asked);
      PartitionStatus status = instance.status().partitions().get(SourceTopic.partition(source));
      long cut = status == null ? 0 : status.sourcePosition();
      answers.forEach(
          (target, answer) ->
              toTarget(new Question(source, asked, target.partition(), cut), answer));
    }
  }

  /** Translates offsets before the seams by what is stored of the link. */
  void checkStored(Map<Integer, Seam> seams, int questions) {
    Offsets stored =
        new TranslatedOffsets(
            OffsetTranslator.exact(),
            OffsetMaps.load(OffsetMaps.DEFAULT_BYTES, world.owners().chunks()).history());
    seams.forEach(
        (source, seam) -> {
          for (int i = 0; i < questions; i++) {
            long asked = i == 0 ? seam.sourceCut() : random.nextLong(seam.sourceCut() + 1);
            stored
                .toTargets(SourceTopic.partition(source), asked)
                .forEach(
                    (target, answer) ->
                        toTarget(
                            new Question(source, asked, target.partition(), seam.sourceCut()),
                            answer));
          }
        });
  }

  /**
   * A translation to check.
   *
   * @param cut the source offset before which records are known to be copied
   */
  private record Question(int source, long asked, int target, long cut) {}

  private void toTarget(Question question, Translation answer) {
    SourceTruth truth = world.topic().truth(question.source());
    RouteTruth there = world.target().route(question.source(), question.target());
    int next = there.countBelow(truth.serialAt(question.asked()));
    boolean found = next < there.count();
    boolean known = found && truth.offset(there.serial(next)) < question.cut();
    if (answer instanceof Translation.Exact exact) {
      boolean right =
          known ? exact.offset() == there.target(next) : isBetween(exact.offset(), there, next);
      if (!right && !isTrimmed(question, exact.offset(), there, next)) {
        throw wrong(question, answer, there, next);
      }
    } else if (answer instanceof Translation.AtLeast least) {
      if (found && least.offset() > there.target(next)) {
        throw wrong(question, answer, there, next);
      }
    } else if (known) {
      throw wrong(question, answer, there, next);
    }
  }

  /** If the start of the target's log was deleted, the log start is the right result. */
  private boolean isTrimmed(Question question, long offset, RouteTruth there, int next) {
    TopicPartition target = new TopicPartition(SourceTopic.NAME, question.target());
    long start = world.kafka().partition(target).start();
    int first = next;
    while (first < there.count() && there.target(first) < start) {
      first++;
    }
    return first > next
        && offset > there.target(next)
        && (first == there.count() || offset <= there.target(first));
  }

  /** Whether an offset is after the previous record and not after the next one. */
  private static boolean isBetween(long offset, RouteTruth there, int next) {
    return (next == 0 || offset > there.target(next - 1))
        && (next >= there.count() || offset <= there.target(next));
  }

  private static Violation wrong(
      Question question, Translation answer, RouteTruth there, int next) {
    return new Violation(
        "%s is answered by %s; the record before is at %d, the next one at %d"
            .formatted(
                question,
                answer,
                next == 0 ? -1 : there.target(next - 1),
                next < there.count() ? there.target(next) : -1));
  }
}
