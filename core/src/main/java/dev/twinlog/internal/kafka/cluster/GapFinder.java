package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.SourceReader.Receiver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Determines which offsets are missing where a position lies outside the log. Queries the log's
 * ends through the admin client without waiting for the answer, so that other partitions are read
 * meanwhile.
 *
 * <p>Confined to the lane's reader thread, except that answers are queued by the admin client's.
 */
public final class GapFinder {
  private final PartitionOffsets offsets;
  private final KafkaErrors errors;
  private final Runnable wakeup;
  private final Map<TopicPartition, Object> queries = new HashMap<>();
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** Delivers one answer; {@code question} identifies the query, which may have been replaced. */
  private record Answer(TopicPartition partition, Object question, Consumer<Receiver> delivery) {}

  public GapFinder(PartitionOffsets offsets, KafkaErrors errors, Runnable wakeup) {
    this.offsets = offsets;
    this.errors = errors;
    this.wakeup = wakeup;
  }

  /** Starts to query the ends of logs that don't contain these positions. */
  public void query(Map<TopicPartition, Long> positions, OffsetOutOfRangeException cause) {
    Map<TopicPartition, OffsetAndMetadata> divergent =
        cause instanceof LogTruncationException truncation
            ? truncation.divergentOffsets()
            : Map.of();
    positions.forEach(
        (partition, position) -> {
          // where the log was truncated, if the leader epochs show it
          OffsetAndMetadata divergence = divergent.get(partition);
          Object question = new Object();
          queries.put(partition, question);
          if (divergence != null && divergence.offset() < position) {
            long to = divergence.offset();
            answer(
                partition, question, out -> out.gap(partition, position, to, GapCause.TRUNCATION));
          } else {
            queryEnds(partition, position, question);
          }
        });
  }

  private void queryEnds(TopicPartition partition, long position, Object question) {
    KafkaFuture<Long> start;
    KafkaFuture<Long> end;
    try {
      start = offsets.query(partition, OffsetSpec.earliest());
      end = offsets.query(partition, OffsetSpec.latest());
    } catch (RuntimeException e) {
      answer(partition, question, out -> fail(partition, position, e, out));
      return;
    }
    var unused =
        KafkaFuture.allOf(start, end)
            .whenComplete(
                (nothing, thrown) ->
                    answer(
                        partition,
                        question,
                        out -> deliver(partition, position, start, end, thrown, out)));
  }

  private void answer(TopicPartition partition, Object question, Consumer<Receiver> delivery) {
    answers.add(new Answer(partition, question, delivery));
    if (!closed) {
      wakeup.run();
    }
  }

  private void deliver(
      TopicPartition partition,
      long position,
      KafkaFuture<Long> start,
      KafkaFuture<Long> end,
      @Nullable Throwable thrown,
      Receiver out) {
    if (thrown != null) {
      fail(partition, position, thrown, out);
      return;
    }
    report(partition, position, AdminResults.get(start), AdminResults.get(end), out);
  }

  /** Reports what is missing for a position that was refused, by the ends of the log as of now. */
  public static void report(
      TopicPartition partition, long position, long start, long end, Receiver out) {
    if (position < start) {
      out.gap(partition, position, start, GapCause.RETENTION);
    } else if (position > end) {
      out.gap(partition, position, end, GapCause.TRUNCATION);
    } else {
      // inside the log again, but with other records than before
      out.failed(
          partition,
          new PartitionFailedException(
              "the log of %s was truncated somewhere below offset %d and has grown past it again, to %d: it is unknown at which offset its new records begin"
                  .formatted(partition, position, end)));
    }
  }

  private void fail(TopicPartition partition, long position, Throwable thrown, Receiver out) {
    out.failed(
        partition,
        errors.topic(
            "find out why offset %d of %s is outside the log".formatted(position, partition),
            "DESCRIBE on Topic " + partition.topic(),
            thrown));
  }

  /** Drops the queries about these partitions. */
  public void forget(Collection<TopicPartition> partitions) {
    partitions.forEach(queries::remove);
  }

  /**
   * Delivers the answers that have arrived.
   *
   * @return whether there were any
   */
  public boolean deliver(Receiver out) {
    if (answers.isEmpty()) {
      return false;
    }
    List<Answer> due = new ArrayList<>();
    for (Answer answer = answers.poll(); answer != null; answer = answers.poll()) {
      if (queries.remove(answer.partition(), answer.question())) {
        due.add(answer);
      }
    }
    due.forEach(answer -> answer.delivery().accept(out));
    return !due.isEmpty();
  }

  public void close() {
    closed = true;
    queries.clear();
  }
}
