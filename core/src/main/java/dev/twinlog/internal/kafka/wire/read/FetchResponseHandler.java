package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.GapFinder;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.SourceReader.Receiver;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Handles fetch answers: passes batches, positions, gaps and failures of partitions to the engine.
 *
 * <p>Records that arrive for a partition that was paused meanwhile, or that are left when the
 * receiver pauses it, are kept until it is resumed: the engine mostly pauses partitions for
 * milliseconds, and over a distant connection it would be expensive to fetch twice. They are kept
 * as a copy, which holds no network buffer, up to a bound on all kept bytes; the rest is dropped
 * and fetched again.
 *
 * <p>Confined to the reader's thread.
 */
final class FetchResponseHandler {
  /** The part of the memory bound that kept records may take. */
  private static final int KEPT_PART = 4;

  private final Fetcher fetcher;
  private final BatchDispatcher dispatcher;
  private final GapFinder gaps;
  private final KafkaErrors errors;
  private final long mostKept;
  private long keptBytes;

  FetchResponseHandler(
      Fetcher fetcher,
      BatchDispatcher dispatcher,
      GapFinder gaps,
      KafkaErrors errors,
      ReadSettings settings) {
    this.fetcher = fetcher;
    this.dispatcher = dispatcher;
    this.gaps = gaps;
    this.errors = errors;
    this.mostKept = settings.boundBytes() / KEPT_PART;
  }

  /**
   * Delivers one answer.
   *
   * @return whether the receiver was called
   */
  boolean deliver(CompletedFetch fetched, Receiver out) {
    if (!fetched.isCurrent()) {
      return false;
    }
    AssignedPartition assigned = fetched.assigned();
    Errors error = Errors.forCode(fetched.answer().error());
    if (error != Errors.NONE) {
      return handleError(assigned, error, out);
    }
    FetchResponse.EpochEnd diverging = fetched.answer().diverging();
    if (diverging != null) {
      long to =
          Math.min(
              assigned.position(),
              assigned.epochs().divergence(diverging.epoch(), diverging.endOffset()));
      assigned.epochs().divergeAt(to, diverging.epoch());
      end(assigned);
      out.gap(assigned.partition(), assigned.position(), to, GapCause.TRUNCATION);
      return true;
    }
    assigned.failures = 0;
    assigned.error = null;
    assigned.answeredAt = System.nanoTime();
    assigned.topicIdRejected = false;
    if (fetched.hasRecords() && assigned.paused) {
      keep(fetched);
      fetcher.changed(assigned);
      return false;
    }
    return records(fetched, out);
  }

  private boolean records(CompletedFetch fetched, Receiver out) {
    AssignedPartition assigned = fetched.assigned();
    try {
      dispatcher.dispatch(fetched, out);
      if (assigned.paused && !assigned.hasEnded()) {
        keep(fetched.from(assigned.position()));
      }
    } catch (PartitionFailedException e) {
      fail(
          assigned,
          new PartitionFailedException(
              "%s can't be read further: %s".formatted(assigned.partition(), e.getMessage()), e),
          out);
      return true;
    }
    if (assigned.position() != fetched.offset()) {
      fetcher.changed(assigned);
    }
    FetchResponse.Partition answer = fetched.answer();
    return report(assigned, answer.end(), answer.highWatermark(), out)
        || assigned.position() != fetched.offset();
  }

  /** Reports position and end if they have changed. */
  boolean report(AssignedPartition assigned, long knownEnd, long knownWatermark, Receiver out) {
    long end = Math.max(knownEnd, assigned.position());
    long highWatermark = Math.max(knownWatermark, end);
    if (assigned.hasEnded() || !assigned.reportsNew(end, highWatermark)) {
      return false;
    }
    out.position(assigned.partition(), assigned.position(), end, highWatermark);
    return true;
  }

  private void keep(@Nullable CompletedFetch left) {
    if (left != null && keptBytes + left.heapBytes() <= mostKept) {
      CompletedFetch kept = left.onHeap();
      keptBytes += kept.heapBytes();
      kept.assigned().kept = kept;
    }
  }

  /** Removes and returns what was kept of a partition; null if there was nothing. */
  @Nullable CompletedFetch takeKept(AssignedPartition assigned) {
    CompletedFetch kept = assigned.kept;
    if (kept != null) {
      assigned.kept = null;
      keptBytes -= kept.heapBytes();
    }
    return kept;
  }

  private boolean handleError(AssignedPartition assigned, Errors error, Receiver out) {
    TopicPartition partition = assigned.partition();
    switch (error) {
      case OFFSET_OUT_OF_RANGE -> {
        Map<TopicPartition, Long> outside = Map.of(partition, assigned.position());
        gaps.query(outside, new OffsetOutOfRangeException(outside));
        end(assigned);
        return false;
      }
      case UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID -> {
        assigned.topicIdRejected = true;
        fetcher.doubt(assigned, error);
        return false;
      }
      case NOT_LEADER_OR_FOLLOWER,
          FENCED_LEADER_EPOCH,
          UNKNOWN_LEADER_EPOCH,
          LEADER_NOT_AVAILABLE,
          REPLICA_NOT_AVAILABLE,
          KAFKA_STORAGE_ERROR,
          OFFSET_NOT_AVAILABLE,
          UNKNOWN_TOPIC_OR_PARTITION,
          UNKNOWN_SERVER_ERROR -> {
        fetcher.doubt(assigned, error);
        return false;
      }
      case TOPIC_AUTHORIZATION_FAILED ->
          fail(
              assigned, failure(assigned, new TopicAuthorizationException(partition.topic())), out);
      case CORRUPT_MESSAGE ->
          fail(
              assigned,
              failure(
                  assigned,
                  new KafkaException("the broker reports that the record batch there is damaged")),
              out);
      default -> fail(assigned, failure(assigned, error.exception()), out);
    }
    return true;
  }

  /** Returns the exception for a partition that can't be read. */
  ReplicationException failure(AssignedPartition assigned, RuntimeException cause) {
    String topic = assigned.partition().topic();
    return errors.topic(
        "read %s at offset %d".formatted(assigned.partition(), assigned.position()),
        cause instanceof TopicAuthorizationException ? "READ on Topic " + topic : null,
        cause);
  }

  void fail(AssignedPartition assigned, ReplicationException cause, Receiver out) {
    end(assigned);
    out.failed(assigned.partition(), cause);
  }

  void gap(AssignedPartition assigned, long to, GapCause cause, Receiver out) {
    assigned.epochs().forget();
    end(assigned);
    out.gap(assigned.partition(), assigned.position(), to, cause);
  }

  /** Ends a partition's assignment; it delivers nothing more. */
  void end(AssignedPartition assigned) {
    takeKept(assigned);
    assigned.end();
    fetcher.changed(assigned);
  }
}
