package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.ProduceRequest;
import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** A produce request in flight; passes each partition's answer to its route. */
final class ProduceCall implements Request.ResponseHandler {
  private final ProduceSender sender;
  private final BrokerQueue broker;
  private final List<RequestPacker.Packed> batches;
  private final short version;
  private final int bytes;
  private long sentNanos;

  /**
   * Creates a request that is about to be sent.
   *
   * @param bytes the size of its batches
   */
  ProduceCall(
      ProduceSender sender,
      BrokerQueue broker,
      List<RequestPacker.Packed> batches,
      short version,
      int bytes) {
    this.bytes = bytes;
    this.sender = sender;
    this.broker = broker;
    this.batches = batches;
    this.version = version;
  }

  @Override
  public void answered(Received received) {
    // parsed completely first: if one part can't be parsed, all batches count as lost
    ProduceResponse answer = ProduceResponse.read(new MessageReader(received.payload()), version);
    ProduceResponse.Partition[] byBatch = new ProduceResponse.Partition[batches.size()];
    int expected = 0;
    for (ProduceResponse.Partition one : answer.partitions()) {
      int index = find(one, expected);
      if (index >= 0) {
        byBatch[index] = one;
        expected = index + 1;
      }
    }
    sender.answered(broker, this, answer.throttleMs());
    for (int i = 0; i < byBatch.length; i++) {
      deliver(batches.get(i), byBatch[i]);
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

  /** Returns its batches. */
  List<RequestPacker.Packed> batches() {
    return batches;
  }

  private void deliver(RequestPacker.Packed packed, ProduceResponse.@Nullable Partition answer) {
    if (answer == null) {
      packed.route().lost(packed.batch(), broker.broker() + " said nothing of it in its answer");
    } else {
      packed.route().answered(packed.batch(), answer);
    }
    sender.offer(packed.route());
  }

  /** Returns the index of the batch that an answer is for: mostly the one behind the last. */
  private int find(ProduceResponse.Partition answer, int expected) {
    for (int i = 0; i < batches.size(); i++) {
      int index = (expected + i) % batches.size();
      if (isFor(answer, batches.get(index).route())) {
        return index;
      }
    }
    return -1;
  }

  private boolean isFor(ProduceResponse.Partition answer, RouteQueue route) {
    if (answer.index() != route.route().target().partition()) {
      return false;
    }
    return version >= ProduceRequest.BY_ID
        ? answer.topicId().equals(route.leaderLookup().topicId())
        : answer.topic().equals(route.route().target().topic());
  }

  @Override
  public void lost(KafkaException cause) {
    String why = sender.lost(broker, this, cause);
    for (RequestPacker.Packed packed : batches) {
      packed.route().lost(packed.batch(), why);
      sender.offer(packed.route());
    }
  }
}
