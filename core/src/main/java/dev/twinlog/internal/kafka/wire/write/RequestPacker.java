package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Restamp;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.message.ProduceRequest;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.identity.RouteIdentity;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/** Collects the batches of one produce request, one for each partition, and serializes it. */
final class RequestPacker {
  /** The most bytes that a batch takes in the request beside its own: index, length and tags. */
  static final int OVERHEAD = 10;

  /**
   * All routes of a broker wait for a request that is being sent, and the socket copies all that is
   * left of it each time that it takes some. With five requests in flight this fills a distant
   * connection as well.
   */
  private static final int ENOUGH_BYTES = 4 << 20;

  private final int maxBytes;
  private final Map<String, List<Packed>> byTopic = new LinkedHashMap<>();
  private final Set<TopicPartition> partitions = new HashSet<>();
  private long bytes;

  /** A batch and its route. */
  record Packed(RouteQueue route, ProduceBatch batch) {}

  RequestPacker(int maxBytes) {
    this.maxBytes = Math.min(maxBytes, ENOUGH_BYTES);
  }

  boolean isEmpty() {
    return partitions.isEmpty();
  }

  /** Whether there is a batch for this partition already. */
  boolean has(TopicPartition partition) {
    return partitions.contains(partition);
  }

  /** Whether it is the first one, or the request stays within its limit with it. */
  boolean fits(ProduceBatch batch) {
    return isEmpty() || bytes + batch.size() + OVERHEAD <= maxBytes;
  }

  void add(RouteQueue route, ProduceBatch batch) {
    TopicPartition target = route.route().target();
    partitions.add(target);
    byTopic
        .computeIfAbsent(target.topic(), topic -> new ArrayList<>())
        .add(new Packed(route, batch));
    bytes += batch.size() + OVERHEAD;
  }

  /** Returns the size so far. */
  int bytes() {
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  /** Returns all batches, in the order of the request. */
  List<Packed> batches() {
    List<Packed> all = new ArrayList<>(partitions.size());
    byTopic.values().forEach(all::addAll);
    return all;
  }

  MessageWriter write(short version, int timeoutMs) {
    MessageWriter out = new MessageWriter();
    ProduceRequest request = new ProduceRequest(out, version);
    request.begin(timeoutMs, byTopic.size());
    byTopic.forEach(
        (topic, packed) -> {
          request.topic(topic, packed.get(0).route().leaderLookup().topicId(), packed.size());
          packed.forEach(one -> write(request, one));
          request.endTopic();
        });
    request.end();
    return out;
  }

  private static void write(ProduceRequest request, Packed packed) {
    ProduceBatch batch = packed.batch();
    ByteBuffer bytes = batch.bytes();
    ByteBuffer rest = bytes.slice(BatchHeader.SIZE, bytes.remaining() - BatchHeader.SIZE);
    RouteIdentity identity = packed.route().identity();
    int partition = packed.route().route().target().partition();
    ByteBuffer header = request.partition(partition, BatchHeader.SIZE, rest);
    Restamp.restamp(bytes, header, identity.producerId(), identity.epoch(), batch.sequence());
    request.rest(rest);
  }
}
