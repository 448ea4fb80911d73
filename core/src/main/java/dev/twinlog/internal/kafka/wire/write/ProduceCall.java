package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.ProduceRequest;
import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** A produce request under way: brings each answer to the route that it is for. */
final class ProduceCall implements Request.ResponseHandler {
  private final SendQueues queues;
  private final BrokerQueue broker;
  private final List<RequestPacker.Packed> batches;
  private final short version;
  private final int bytes;
  private long sentNanos;

  /**
   * A request that is about to be sent.
   *
   * @param bytes that it takes
   */
  ProduceCall(
      SendQueues queues,
      BrokerQueue broker,
      List<RequestPacker.Packed> batches,
      short version,
      int bytes) {
    this.bytes = bytes;
    this.queues = queues;
    this.broker = broker;
    this.batches = batches;
    this.version = version;
  }

  @Override
  public void answered(Received received) {
    // read as a whole first: an answer that can't be read is lost as a whole
    ProduceResponse answer = ProduceResponse.read(new MessageReader(received.payload()), version);
    ProduceResponse.Partition[] told = new ProduceResponse.Partition[batches.size()];
    int expected = 0;
    for (ProduceResponse.Partition one : answer.partitions()) {
      int index = find(one, expected);
      if (index >= 0) {
        told[index] = one;
        expected = index + 1;
      }
    }
    queues.answered(broker, this, answer.throttleMs());
    for (int i = 0; i < told.length; i++) {
      bring(batches.get(i), told[i]);
    }
  }

  void sentAt(long nanos) {
    sentNanos = nanos;
  }

  long sentNanos() {
    return sentNanos;
  }

  int bytes() {
    return bytes;
  }

  /** What is in it. */
  List<RequestPacker.Packed> batches() {
    return batches;
  }

  private void bring(RequestPacker.Packed packed, ProduceResponse.@Nullable Partition told) {
    if (told == null) {
      packed.route().lost(packed.batch(), broker.broker() + " said nothing of it in its answer");
    } else {
      packed.route().answered(packed.batch(), told);
    }
    queues.offer(packed.route());
  }

  /** Where the batch is that an answer is for: mostly the one behind the last. */
  private int find(ProduceResponse.Partition told, int expected) {
    for (int i = 0; i < batches.size(); i++) {
      int index = (expected + i) % batches.size();
      if (isFor(told, batches.get(index).route())) {
        return index;
      }
    }
    return -1;
  }

  private boolean isFor(ProduceResponse.Partition told, RouteQueue route) {
    if (told.index() != route.route().target().partition()) {
      return false;
    }
    return version >= ProduceRequest.BY_ID
        ? told.topicId().equals(route.placement().topicId())
        : told.topic().equals(route.route().target().topic());
  }

  @Override
  public void lost(KafkaException cause) {
    String why = queues.lost(broker, this, cause);
    for (RequestPacker.Packed packed : batches) {
      packed.route().lost(packed.batch(), why);
      queues.offer(packed.route());
    }
  }
}
