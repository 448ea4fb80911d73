package dev.twinlog.internal.kafka.wire.ledger;

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

/** Asks where logs begin or end, of many partitions in one request. */
final class LogEnds extends LeaderRequests<LogEnds.Ask> {
  private static final int MOST_AT_ONCE = 1_000;
  private static final int MOST_IN_FLIGHT = 2;

  private final long position;

  /** Is told where the log begins or ends, and who said so. */
  interface ResponseHandler {
    void told(Leader leader, long offset);
  }

  static final class Ask extends LeaderRequests.ToLeader {
    private final ResponseHandler then;

    Ask(RecoveryTask task, ResponseHandler then) {
      super(task);
      this.then = then;
    }
  }

  /**
   * No question yet.
   *
   * @param position {@link ListOffsets#LATEST} or {@link ListOffsets#EARLIEST}
   */
  LogEnds(Cluster cluster, Timers timers, KafkaErrors errors, long position) {
    super(cluster, timers, errors, Api.LIST_OFFSETS, MOST_IN_FLIGHT);
    this.position = position;
  }

  void ask(RecoveryTask task, ResponseHandler then) {
    ask(new Ask(task, then));
  }

  /** Several routes into one partition share an answer. */
  @Override
  boolean mustWait(Ask request, List<Ask> picked) {
    return false;
  }

  @Override
  int mostAtOnce() {
    return MOST_AT_ONCE;
  }

  @Override
  MessageWriter body(List<Ask> asked) {
    Map<String, Map<Integer, ListOffsets.Wanted>> byTopic = new LinkedHashMap<>();
    for (Ask ask : asked) {
      int partition = ask.partition().partition();
      byTopic
          .computeIfAbsent(ask.partition().topic(), topic -> new LinkedHashMap<>())
          .put(partition, new ListOffsets.Wanted(partition, ask.leader().epoch()));
    }
    Map<String, List<ListOffsets.Wanted>> wanted = new LinkedHashMap<>();
    byTopic.forEach((topic, partitions) -> wanted.put(topic, List.copyOf(partitions.values())));
    return ListOffsets.request(position, wanted);
  }

  @Override
  void answered(Broker broker, List<Ask> asked, MessageReader in) {
    ListOffsets told = ListOffsets.read(in);
    cluster().throttle(broker, told.throttleMs());
    Map<TopicPartition, ListOffsets.Partition> byPartition = new HashMap<>();
    told.partitions()
        .forEach(one -> byPartition.put(new TopicPartition(one.topic(), one.index()), one));
    for (Ask ask : new ArrayList<>(asked)) {
      ListOffsets.Partition answer = byPartition.get(ask.partition());
      if (!ask.isWanted()) {
        continue;
      }
      Errors error = answer == null ? Errors.UNKNOWN_SERVER_ERROR : Errors.forCode(answer.error());
      if (answer != null && error == Errors.NONE) {
        ask.task().moved();
        ask.then.told(ask.leader(), answer.offset());
      } else {
        refused(ask, error, "list the offsets of", "DESCRIBE");
      }
    }
  }
}
