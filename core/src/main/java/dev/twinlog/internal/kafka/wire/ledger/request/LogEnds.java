package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.ListOffsets;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Requests the first or last offsets of logs (ListOffsets), for many partitions at once. */
public final class LogEnds extends LeaderRequests<LogEnds.OffsetRequest> {
  private static final int MOST_AT_ONCE = 1_000;
  private static final int MOST_IN_FLIGHT = 2;

  private final long position;

  /** Receives the offset and the leader that returned it. */
  public interface ResponseHandler {
    void found(Leader leader, long offset);
  }

  static final class OffsetRequest extends LeaderRequests.ToLeader {
    private final ResponseHandler then;

    OffsetRequest(RecoveryTask task, ResponseHandler then) {
      super(task);
      this.then = then;
    }
  }

  /**
   * Creates a batcher for one of the two offsets.
   *
   * @param position {@link ListOffsets#LATEST} or {@link ListOffsets#EARLIEST}
   */
  public LogEnds(Cluster cluster, Timers timers, KafkaErrors errors, long position) {
    super(cluster, timers, errors, Api.LIST_OFFSETS, MOST_IN_FLIGHT);
    this.position = position;
  }

  public void submit(RecoveryTask task, ResponseHandler then) {
    submit(new OffsetRequest(task, then));
  }

  /** Several routes into one partition share a response. */
  @Override
  boolean mustWait(OffsetRequest request, List<OffsetRequest> picked) {
    return false;
  }

  @Override
  int mostAtOnce() {
    return MOST_AT_ONCE;
  }

  @Override
  MessageWriter body(List<OffsetRequest> batch) {
    Map<String, Map<Integer, ListOffsets.Wanted>> byTopic = new LinkedHashMap<>();
    for (OffsetRequest request : batch) {
      int partition = request.partition().partition();
      byTopic
          .computeIfAbsent(request.partition().topic(), topic -> new LinkedHashMap<>())
          .put(partition, new ListOffsets.Wanted(partition, request.leader().epoch()));
    }
    Map<String, List<ListOffsets.Wanted>> wanted = new LinkedHashMap<>();
    byTopic.forEach((topic, partitions) -> wanted.put(topic, List.copyOf(partitions.values())));
    return ListOffsets.request(position, wanted);
  }

  @Override
  void answered(Broker broker, List<OffsetRequest> batch, MessageReader in) {
    ListOffsets response = ListOffsets.read(in);
    cluster().throttle(broker, response.throttleMs());
    Map<TopicPartition, ListOffsets.Partition> byPartition = new HashMap<>();
    response
        .partitions()
        .forEach(one -> byPartition.put(new TopicPartition(one.topic(), one.index()), one));
    for (OffsetRequest request : new ArrayList<>(batch)) {
      ListOffsets.Partition answer = byPartition.get(request.partition());
      if (!request.isWanted()) {
        continue;
      }
      Errors error = answer == null ? Errors.UNKNOWN_SERVER_ERROR : Errors.forCode(answer.error());
      if (answer != null && error == Errors.NONE) {
        request.task().progressed();
        request.then.found(request.leader(), answer.offset());
      } else {
        refused(request, error, "list the offsets of", "DESCRIBE");
      }
    }
  }
}
