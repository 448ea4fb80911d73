package dev.twinlog.testkit.kafka;

import dev.twinlog.internal.batch.BatchSplitter;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.FetchRequest;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.net.ClusterView;
import dev.twinlog.internal.kafka.wire.net.Connections;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.testkit.TestKafka;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads the batches of a partition's log, byte for byte as the broker returns them. */
final class RawLog {
  private static final int MAX_BYTES = 16 << 20;

  private RawLog() {}

  static List<ByteBuffer> batches(TestKafka kafka, TopicPartition partition) {
    Map<String, String> properties = new HashMap<>(kafka.clientProperties());
    String servers = properties.remove("bootstrap.servers");
    NetSettings settings =
        NetSettings.of(
            ClientSettings.of("raw", servers, properties, Map.of()).connections("raw-log"));
    try (Connections connections = new Connections(settings, new ReceivePool())) {
      ClusterView view = new ClusterView(connections, settings);
      view.follow(List.of(partition.topic()));
      Fetched fetched = new Fetched();
      boolean asked = false;
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (fetched.records == null) {
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError("no answer from " + partition);
        }
        view.step();
        Leader leader = view.leader(partition).orElse(null);
        if (!asked && leader != null && connections.ready(leader.broker())) {
          asked = true;
          connections.send(leader.broker(), request(leader, partition, fetched));
        }
        connections.poll(Duration.ofMillis(10).toNanos());
      }
      return cut(fetched.records);
    }
  }

  private static Request request(Leader leader, TopicPartition partition, Fetched fetched) {
    FetchRequest.Wanted all = new FetchRequest.Wanted(partition.partition(), -1, 0, -1, MAX_BYTES);
    return new Request(
        Api.FETCH,
        Api.FETCH.oldest(),
        new FetchRequest(500, 1, MAX_BYTES, false, 0, -1)
            .write(Map.of(leader.topicId(), List.of(all)), Map.of()),
        fetched);
  }

  private static List<ByteBuffer> cut(ByteBuffer records) {
    List<ByteBuffer> batches = new ArrayList<>();
    BatchSplitter cutter = new BatchSplitter();
    cutter.over(records);
    while (cutter.next()) {
      batches.add(records.slice(cutter.position(), cutter.size()));
    }
    return batches;
  }

  private static final class Fetched implements Request.ResponseHandler {
    private @Nullable ByteBuffer records;

    @Override
    public void answered(Received received) {
      FetchResponse answer = FetchResponse.read(new MessageReader(received.payload()));
      ByteBuffer given = answer.partitions().get(0).records();
      records = ByteBuffer.allocate(given.remaining()).put(given).flip();
    }

    @Override
    public void lost(KafkaException cause) {
      throw cause;
    }
  }
}
