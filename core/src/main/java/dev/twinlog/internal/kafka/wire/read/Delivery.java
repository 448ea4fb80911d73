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
 * Gives the engine what was answered about partitions: batches, positions, gaps and failures.
 *
 * <p>What arrives for a partition that was paused meanwhile, or is left of an answer when the
 * receiver pauses it, is kept for {@link Fetches#resume}: the engine holds partitions back for
 * milliseconds, and over a far link it would be dear to fetch twice. It is kept as a copy, so that
 * it holds no buffer, and only as much as the bound of kept bytes allows: the rest is dropped, and
 * fetched again.
 *
 * <p>Confined to the reader's thread.
 */
final class Delivery {
  /** What may be kept, as a part of the bound. */
  private static final int KEPT_PART = 4;

  private final Fetches fetches;
  private final BatchSorter sorter;
  private final GapFinder gaps;
  private final KafkaErrors errors;
  private final long mostKept;
  private long keptBytes;

  Delivery(
      Fetches fetches,
      BatchSorter sorter,
      GapFinder gaps,
      KafkaErrors errors,
      ReadSettings settings) {
    this.fetches = fetches;
    this.sorter = sorter;
    this.gaps = gaps;
    this.errors = errors;
    this.mostKept = settings.boundBytes() / KEPT_PART;
  }

  /**
   * Delivers one answer.
   *
   * @return whether there was anything to tell
   */
  boolean deliver(Fetched fetched, Receiver out) {
    if (!fetched.isCurrent()) {
      return false;
    }
    Reading reading = fetched.reading();
    Errors error = Errors.forCode(fetched.answer().error());
    if (error != Errors.NONE) {
      return trouble(reading, error, out);
    }
    FetchResponse.EpochEnd diverging = fetched.answer().diverging();
    if (diverging != null) {
      long to =
          Math.min(
              reading.position(),
              reading.epochs().divergence(diverging.epoch(), diverging.endOffset()));
      reading.epochs().partAt(to, diverging.epoch());
      end(reading);
      out.gap(reading.partition(), reading.position(), to, GapCause.TRUNCATION);
      return true;
    }
    reading.failures = 0;
    reading.error = null;
    reading.heardAt = System.nanoTime();
    reading.idRejected = false;
    if (fetched.hasRecords() && reading.paused) {
      keep(fetched);
      fetches.changed(reading);
      return false;
    }
    return records(fetched, out);
  }

  private boolean records(Fetched fetched, Receiver out) {
    Reading reading = fetched.reading();
    try {
      sorter.sort(fetched, out);
      if (reading.paused && !reading.isOver()) {
        keep(fetched.from(reading.position()));
      }
    } catch (PartitionFailedException e) {
      fail(
          reading,
          new PartitionFailedException(
              "%s can't be read on: %s".formatted(reading.partition(), e.getMessage()), e),
          out);
      return true;
    }
    if (reading.position() != fetched.offset()) {
      fetches.changed(reading);
    }
    FetchResponse.Partition answer = fetched.answer();
    return tell(reading, answer.end(), answer.highWatermark(), out)
        || reading.position() != fetched.offset();
  }

  /** Tells position and end if there is news in them. */
  boolean tell(Reading reading, long knownEnd, long knownWatermark, Receiver out) {
    long end = Math.max(knownEnd, reading.position());
    long highWatermark = Math.max(knownWatermark, end);
    if (reading.isOver() || !reading.tells(end, highWatermark)) {
      return false;
    }
    out.position(reading.partition(), reading.position(), end, highWatermark);
    return true;
  }

  private void keep(@Nullable Fetched left) {
    if (left != null && keptBytes + left.heapBytes() <= mostKept) {
      Fetched kept = left.onHeap();
      keptBytes += kept.heapBytes();
      kept.reading().kept = kept;
    }
  }

  /** What was kept of a reading that goes on, or has ended; null if there was nothing. */
  @Nullable Fetched takeKept(Reading reading) {
    Fetched kept = reading.kept;
    if (kept != null) {
      reading.kept = null;
      keptBytes -= kept.heapBytes();
    }
    return kept;
  }

  private boolean trouble(Reading reading, Errors error, Receiver out) {
    TopicPartition partition = reading.partition();
    switch (error) {
      case OFFSET_OUT_OF_RANGE -> {
        Map<TopicPartition, Long> outside = Map.of(partition, reading.position());
        gaps.ask(outside, new OffsetOutOfRangeException(outside));
        end(reading);
        return false;
      }
      case UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID -> {
        reading.idRejected = true;
        fetches.doubt(reading, error);
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
        fetches.doubt(reading, error);
        return false;
      }
      case TOPIC_AUTHORIZATION_FAILED ->
          fail(reading, failure(reading, new TopicAuthorizationException(partition.topic())), out);
      case CORRUPT_MESSAGE ->
          fail(
              reading,
              failure(
                  reading, new KafkaException("the broker finds the record batch there damaged")),
              out);
      default -> fail(reading, failure(reading, error.exception()), out);
    }
    return true;
  }

  /** What to tell about a partition that something keeps from being read. */
  ReplicationException failure(Reading reading, RuntimeException cause) {
    String topic = reading.partition().topic();
    return errors.topic(
        "read %s at offset %d".formatted(reading.partition(), reading.position()),
        cause instanceof TopicAuthorizationException ? "READ on Topic " + topic : null,
        cause);
  }

  void fail(Reading reading, ReplicationException cause, Receiver out) {
    end(reading);
    out.failed(reading.partition(), cause);
  }

  void gap(Reading reading, long to, GapCause cause, Receiver out) {
    reading.epochs().forget();
    end(reading);
    out.gap(reading.partition(), reading.position(), to, cause);
  }

  /** The reading delivers nothing more. */
  void end(Reading reading) {
    takeKept(reading);
    reading.end();
    fetches.changed(reading);
  }
}
