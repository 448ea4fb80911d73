package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.RawHeader;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.time.Instant;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Determines before a record is sent whether the target would refuse it. Stateless.
 *
 * <p>Sizes are those of a batch of message format v2 with this one record in it, uncompressed: the
 * smallest batch that the record can be sent in unless it is compressed.
 */
public final class RecordCheck {
  private static final int BATCH_OVERHEAD = 61;

  /** Attributes, timestamp delta 0 and offset delta 0: a byte each. */
  private static final int RECORD_OVERHEAD = 3;

  private final String alias;
  private final int maxRequestBytes;
  private final boolean producer;

  /**
   * Creates a check for records that are sent through a producer.
   *
   * @param alias the target cluster
   * @param maxRequestBytes what the producer accepts, uncompressed
   */
  public RecordCheck(String alias, int maxRequestBytes) {
    this(alias, maxRequestBytes, true);
  }

  private RecordCheck(String alias, int maxRequestBytes, boolean producer) {
    this.alias = alias;
    this.maxRequestBytes = maxRequestBytes;
    this.producer = producer;
  }

  /**
   * Creates a check for records in batches that this library encodes, which may lack a timestamp.
   */
  public static RecordCheck forBatches(String alias, int maxRequestBytes) {
    return new RecordCheck(alias, maxRequestBytes, false);
  }

  /** Returns why the target certainly refuses this record; null if it may accept it. */
  public @Nullable RecordRefusedException refusal(
      Route route, ReplicationRecord record, TopicLimits limits, boolean compressed, long nowMs) {
    int size = sizeInBytes(record);
    if (size > maxRequestBytes) {
      return tooLargeForProducer(route, record);
    }
    if (!compressed && size > limits.maxBatchBytes()) {
      return tooLargeForTopic(route, record, limits);
    }
    if (limits.compacted() && record.key() == null) {
      return refused(
          route,
          record,
          "it has no key, but the target topic is compacted",
          "give it a key with a transform, or set cleanup.policy=delete on the target topic");
    }
    return timestampRefusal(route, record, limits, nowMs);
  }

  /** Whether the record only fits if compression makes it small enough. */
  public static boolean mayBeTooLarge(ReplicationRecord record, TopicLimits limits) {
    // the estimate covers keys, values and headers; the rest is below a hundred bytes, and a few
    // per header
    return record.sizeInBytes() > limits.maxBatchBytes() / 2
        && sizeInBytes(record) > limits.maxBatchBytes();
  }

  /** The record is larger than the link's own producer accepts. */
  public RecordRefusedException tooLargeForProducer(Route route, ReplicationRecord record) {
    return refused(
        route,
        record,
        "it needs a batch of %d bytes uncompressed, but the limit is %d bytes by the link's own max.request.size"
            .formatted(sizeInBytes(record), maxRequestBytes),
        "raise max.request.size of the sink, or drop the record with a transform");
  }

  /** The record is larger than the target topic accepts. */
  public RecordRefusedException tooLargeForTopic(
      Route route, ReplicationRecord record, TopicLimits limits) {
    String limit =
        limits.maxBatchBytes() == Integer.MAX_VALUE
            ? "more than max.message.bytes of the target topic allows"
            : "but the limit is %d bytes by max.message.bytes of the target topic"
                .formatted(limits.maxBatchBytes());
    return refused(
        route,
        record,
        "it needs a batch of %d bytes uncompressed, %s".formatted(sizeInBytes(record), limit),
        "raise max.message.bytes of the target topic, or drop the record with a transform");
  }

  private @Nullable RecordRefusedException timestampRefusal(
      Route route, ReplicationRecord record, TopicLimits limits, long nowMs) {
    long timestamp = record.timestamp();
    if (timestamp < 0 && !producer) {
      return null;
    }
    if (timestamp < 0) {
      return refused(
          route,
          record,
          "it has no timestamp (" + timestamp + "), which a Kafka producer can't express",
          "drop it with a transform; it was written in a message format before Kafka 0.10");
    }
    if (!limits.keepsTimestamps()) {
      return null;
    }
    if (nowMs - timestamp > limits.oldestMs()) {
      return refused(
          route,
          record,
          "its timestamp %s is older than message.timestamp.before.max.ms=%d allows"
              .formatted(Instant.ofEpochMilli(timestamp), limits.oldestMs()),
          "raise that limit on the target topic");
    }
    if (timestamp - nowMs > limits.newestMs()) {
      return refused(
          route,
          record,
          "its timestamp %s is further ahead than message.timestamp.after.max.ms=%d allows"
              .formatted(Instant.ofEpochMilli(timestamp), limits.newestMs()),
          "raise that limit on the target topic");
    }
    return null;
  }

  private RecordRefusedException refused(
      Route route, ReplicationRecord record, String why, String remedy) {
    return new RecordRefusedException(
        record.offset(),
        "%s would refuse the record at offset %d of %s for %s: %s; %s"
            .formatted(alias, record.offset(), route.source(), route.target(), why, remedy));
  }

  /** Returns the exact size of a v2 batch that contains only this record, uncompressed. */
  public static int sizeInBytes(ReplicationRecord record) {
    long body = RECORD_OVERHEAD + field(record.key()) + field(record.value());
    int headers = 0;
    for (Header header : record.headers()) {
      body += field(RawHeader.rawKeyOf(header)) + field(header.value());
      headers++;
    }
    body += varint(headers);
    return (int) Math.min(Integer.MAX_VALUE, BATCH_OVERHEAD + varint(body) + body);
  }

  private static long field(byte @Nullable [] bytes) {
    return bytes == null ? 1 : varint(bytes.length) + (long) bytes.length;
  }

  /** The size of a non-negative number in zigzag variable-length encoding. */
  private static int varint(long value) {
    long zigzag = value << 1;
    int size = 1;
    while ((zigzag & ~0x7fL) != 0) {
      size++;
      zigzag >>>= 7;
    }
    return size;
  }
}
