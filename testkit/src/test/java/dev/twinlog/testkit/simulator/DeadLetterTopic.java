package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.testkit.InMemoryCluster;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The dead-letter topic of the link, in one of four scenarios whose link is not turned round
 * afterwards: there the transform refuses some records. Such a record belongs into this topic, and
 * no progress may be saved behind it before it is there. A write may fail, and a write that was
 * done may seem to have failed. It draws from a random of its own, so that the other scenarios are
 * the same without it.
 */
final class DeadLetterTopic {
  static final String NAME = "dead-letters";
  private static final int ONE_IN = 127;

  /**
   * Behind old records each refusal may take a minute, so there are eight of a partition at most.
   */
  private static final long LAST = 1_000;

  private final Random random;
  private final boolean active;
  private final boolean filter;

  /** The serials of the records that it has, by source partition. */
  private final Map<Integer, Set<Long>> written = new ConcurrentHashMap<>();

  private boolean healed;

  DeadLetterTopic(Scenario scenario, Random random) {
    this.random = random;
    boolean ends = scenario.move() == Scenario.Move.NONE || !scenario.reversed();
    this.filter = scenario.filter();
    this.active = random.nextInt(4) == 0 && ends;
  }

  /** Whether the link has a dead-letter topic, and a transform that refuses records. */
  boolean isActive() {
    return active;
  }

  /** Whether the transform refuses the record of that serial. */
  boolean refuses(long serial) {
    return active && serial < LAST && serial % ONE_IN == ONE_IN / 8;
  }

  /**
   * The transform of the link.
   *
   * @throws RecordRefusedException for a record that it refuses
   */
  Optional<ReplicationRecord> transform(ReplicationRecord record) {
    long serial = serial(record);
    if (refuses(serial)) {
      throw new RecordRefusedException(
          record.offset(), "serial %d at offset %d is refused".formatted(serial, record.offset()));
    }
    return filter ? SourceTopic.filter(record) : Optional.of(record);
  }

  private static long serial(ReplicationRecord record) {
    String text = TargetCopy.text(record);
    return Long.parseLong(text.substring(text.indexOf(':') + 1));
  }

  /** What the sink writes. */
  Optional<ReplicationException> write(ReplicationRecord record) {
    if (!healed && random.nextInt(4) == 0) {
      throw new RetriableException("the dead-letter topic can't be reached");
    }
    String text = TargetCopy.text(record);
    int source = Integer.parseInt(text.substring(0, text.indexOf(':')));
    written.computeIfAbsent(source, any -> new HashSet<>()).add(serial(record));
    if (!healed && random.nextInt(8) == 0) {
      throw new RetriableException("the dead-letter topic gives no answer");
    }
    return Optional.empty();
  }

  /** From now on every write succeeds. */
  void heal() {
    healed = true;
  }

  /** Whether it has the record. */
  boolean has(int source, long serial) {
    return written.getOrDefault(source, Set.of()).contains(serial);
  }

  /** Checks that no progress is saved behind a record that was refused and is not here. */
  void saved(Collection<Progress> all, SourceTopic topic, InMemoryCluster cluster) {
    if (!active) {
      return;
    }
    for (Progress progress : all) {
      TopicPartition partition = progress.source().partition();
      SourceTruth truth = topic.truth(partition.partition());
      if (truth.truncations() > 0) {
        continue; // offsets had other records before
      }
      for (long offset = cluster.startOffset(partition); offset < progress.sourceNext(); offset++) {
        truth
            .serialOf(offset)
            .ifPresent(
                serial -> {
                  if (refuses(serial)
                      && !truth.isLost(serial)
                      && !has(partition.partition(), serial)) {
                    throw new Violation(
                        "%s is saved at %d, behind serial %d, which was refused and is not in the dead-letter topic"
                            .formatted(partition, progress.sourceNext(), serial));
                  }
                });
      }
    }
  }

  /** Parts of an instance that take a dead letter for written before it is. */
  static InstanceParts unawaited() {
    return new InstanceParts() {
      @Override
      protected Function<ReplicationRecord, Optional<ReplicationException>> deadLetters(
          Function<ReplicationRecord, Optional<ReplicationException>> write) {
        return record -> Optional.empty();
      }
    };
  }
}
