package dev.twinlog.internal.engine.letters;

import dev.twinlog.DeadLetters;
import dev.twinlog.internal.engine.duty.Calls;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterFailed;
import dev.twinlog.internal.engine.partition.LetterEvent.LetterStored;
import dev.twinlog.internal.engine.partition.PartitionControl;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.Partitions;
import dev.twinlog.internal.engine.shared.Link;
import dev.twinlog.internal.engine.shared.LinkFailure;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.progress.FailedStage;
import dev.twinlog.internal.progress.ProgressKeeper;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.RetriableException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * Brings records that are refused to the dead-letter topic. It is stored that a record is left out
 * only after its dead letter was acknowledged, and the partition continues only after both.
 * Confined to the control thread; clusters are asked by {@link Calls}.
 */
public final class RefusedRecords {
  private final Link link;
  private final Partitions partitions;
  private final ProgressKeeper keeper;
  private final Calls calls;
  private final Optional<String> topic;
  private final Optional<ReadableLogs> source;
  private final Optional<DeadLetterSink> sink;
  private final int limitPerHour;
  private final HourlyLimit limit;

  /** What is being written, or stored. */
  private final Map<TopicPartition, Refused> underWay = new HashMap<>();

  /** Does nothing if the link has no dead-letter topic. */
  public RefusedRecords(Link link, Partitions partitions, ProgressKeeper keeper, Calls calls) {
    DeadLetters letters = link.settings().get(LinkOptions.DEAD_LETTERS);
    this.link = link;
    this.partitions = partitions;
    this.keeper = keeper;
    this.calls = calls;
    this.topic = letters.topic();
    this.source = link.settings().sourceAbilities().logs();
    this.sink = link.settings().sinkAbilities().deadLetters();
    this.limitPerHour = letters.limitPerHour();
    this.limit = new HourlyLimit(limitPerHour);
  }

  /** Begins with the records that were refused since the last call, and returns whether any was. */
  public boolean step() {
    if (topic.isEmpty()) {
      return false;
    }
    boolean worked = false;
    for (PartitionControl partition : partitions.refused()) {
      if (partition.life() instanceof Refused refusal
          && !refusal.equals(underWay.get(partition.partition()))) {
        begin(partition, refusal);
        worked = true;
      }
    }
    return worked;
  }

  private void begin(PartitionControl partition, Refused refusal) {
    TopicPartition from = partition.partition();
    RecordRefusedException refused = refusal.cause();
    if (!partitions.skips().mayLeaveOut(partition, refused.offset())) {
      stop(
          partition,
          refusal,
          "it is not written to the dead-letter topic %s, since offset %d is copied or left out already: the refusal names another record than the one that it is about"
              .formatted(topic.orElseThrow(), refused.offset()));
      return;
    }
    if (limit.isReached(from, link.time().nanoTime())) {
      stop(
          partition,
          refusal,
          "it is not written to the dead-letter topic %s, which has the %d records that this partition may send there within an hour (limitPerHour): find out why so many are refused, then resume the partition later, or skip the record"
              .formatted(topic.orElseThrow(), limitPerHour));
      return;
    }
    LetterCall call =
        new LetterCall(
            link.name(),
            source.orElseThrow(),
            sink.orElseThrow(),
            topic.orElseThrow(),
            from,
            refused);
    Instant now = link.time().clock().instant();
    underWay.put(from, refusal);
    calls.call(
        () -> {
          call.run(now);
          return true;
        },
        done -> written(partition, refusal),
        error -> {
          ended(from, refusal);
          partitions.apply(
              partition, new LetterFailed(refusal, LinkFailure.asReplicationException(error)));
        });
  }

  private void stop(PartitionControl partition, Refused refusal, String why) {
    RecordRefusedException refused = refusal.cause();
    partitions.apply(
        partition,
        new LetterFailed(
            refusal,
            new PartitionFailedException("%s; %s".formatted(refused.getMessage(), why), refused)));
  }

  /** Its dead letter is acknowledged: now it is stored that the record is left out. */
  private void written(PartitionControl partition, Refused refusal) {
    TopicPartition from = partition.partition();
    long offset = refusal.cause().offset();
    String to = topic.orElseThrow();
    limit.count(from, link.time().nanoTime());
    link.metrics().deadLetter(from);
    link.events().post(listener -> listener.deadLetter(from, offset, to, refusal.cause()));
    if (!partition.life().equals(refusal) || !partitions.skips().mayLeaveOut(partition, offset)) {
      ended(from, refusal); // paused, for example: it will be refused, and written, once more
      return;
    }
    Progress now =
        partitions
            .skips()
            .leaveOut(
                partition,
                offset,
                "since it is in the dead-letter topic %s (%s)"
                    .formatted(to, refusal.cause().getMessage()));
    var unused =
        keeper
            .save(List.of(now))
            .whenComplete(
                (done, error) -> {
                  ended(from, refusal);
                  partitions.apply(
                      partition,
                      error == null
                          ? new LetterStored(
                              refusal,
                              "offset %d is left out, it is in the dead-letter topic %s"
                                  .formatted(offset, to))
                          : new LetterFailed(refusal, unsaved(offset, error)));
                });
  }

  /** It is left out here already, and the next opening stores that before anything is copied. */
  private static RetriableException unsaved(long offset, Throwable error) {
    return new RetriableException(
        "it could not be stored that offset %d is left out: %s"
            .formatted(offset, error.getMessage()),
        FailedStage.cause(error));
  }

  private void ended(TopicPartition from, Refused refusal) {
    underWay.remove(from, refusal);
  }
}
