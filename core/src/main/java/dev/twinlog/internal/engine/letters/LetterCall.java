package dev.twinlog.internal.engine.letters;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.verify.LogRecords;
import dev.twinlog.spi.DeadLetterSink;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * Reads a record that was refused from its source, and writes it to the dead-letter topic. It may
 * block; all of it runs on one thread.
 *
 * @param topic the dead-letter topic
 */
record LetterCall(
    String link,
    ReadableLogs source,
    DeadLetterSink sink,
    String topic,
    TopicPartition partition,
    RecordRefusedException refused) {
  static final String PREFIX = "twinlog.dead-letter.";
  static final String REASON = PREFIX + "reason";

  /**
   * Completes normally when the record is stored in the dead-letter topic.
   *
   * @param now when it was refused
   * @throws RetriableException if that may succeed later
   * @throws PartitionFailedException if it won't, with both reasons
   */
  void run(Instant now) {
    Optional<ReplicationException> failure;
    try {
      failure = sink.writeDeadLetter(topic, letter(read(), now));
    } catch (RuntimeException e) {
      failure = Optional.of(asFailure(e));
    }
    if (failure.isEmpty()) {
      return;
    }
    String why = failure.get().getMessage();
    if (failure.get() instanceof RetriableException) {
      throw new RetriableException(
          "%s; and it can't be written to the dead-letter topic %s now: %s"
              .formatted(refused.getMessage(), topic, why),
          refused);
    }
    PartitionFailedException stop =
        new PartitionFailedException(
            "%s; and it can't be written to the dead-letter topic %s: %s"
                .formatted(refused.getMessage(), topic, why),
            refused);
    stop.addSuppressed(failure.get());
    throw stop;
  }

  private static ReplicationException asFailure(RuntimeException e) {
    return e instanceof ReplicationException known
        ? known
        : new ReplicationException(String.valueOf(e), e);
  }

  private ReplicationRecord read() {
    try (LogRecords records =
        new LogRecords(source, partition, refused.offset(), refused.offset() + 1)) {
      if (!records.hasNext()) {
        throw new RetriableException("the source does not have it any more");
      }
      return records.next();
    }
  }

  private ReplicationRecord letter(ReplicationRecord record, Instant now) {
    if (record.headers().lastHeader(REASON) != null) {
      throw new PartitionFailedException("it is a dead letter already");
    }
    // the only way to create Kafka's own headers with public API
    Headers headers = new ProducerRecord<byte[], byte[]>(topic, new byte[0]).headers();
    record.headers().forEach(headers::add);
    add(headers, "reason", String.valueOf(refused.getMessage()));
    add(headers, "link", link);
    add(headers, "topic", partition.topic());
    add(headers, "partition", String.valueOf(partition.partition()));
    add(headers, "offset", String.valueOf(refused.offset()));
    add(headers, "time", now.truncatedTo(ChronoUnit.MILLIS).toString());
    return record.replacingHeaders(headers);
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(PREFIX + name, value.getBytes(UTF_8));
  }
}
