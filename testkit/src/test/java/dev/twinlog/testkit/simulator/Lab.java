package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A one-broker cluster that a script sends requests to: a real one, or the model. */
interface Lab {

  Cluster cluster();

  /** Creates a topic that no other script uses and returns its name. */
  String createTopic(int partitions, int maxBytes);

  /** Lets a little time pass while a script waits for something. */
  void pass();

  /** The wall clock. */
  long nowMs();

  /** Restarts the broker cleanly. */
  void restart();

  /** Deletes the records before an offset. */
  void deleteBefore(TopicPartition partition, long offset);

  /** Sends the bytes of one request and waits for those of the response. */
  default MessageReader ask(Broker broker, Api api, int version, MessageWriter body) {
    ByteBuffer[] answer = new ByteBuffer[1];
    awaitReady(broker);
    cluster()
        .send(
            broker,
            new Request(
                api,
                (short) version,
                body,
                new Request.ResponseHandler() {
                  @Override
                  public void answered(Received received) {
                    ByteBuffer bytes = received.payload();
                    answer[0] = ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
                  }

                  @Override
                  public void lost(KafkaException cause) {
                    throw new AssertionError(api + " was lost", cause);
                  }
                }));
    for (int i = 0; answer[0] == null; i++) {
      check(i, api + " is not answered");
      cluster().poll(10_000_000);
      pass();
    }
    return new MessageReader(answer[0]);
  }

  private void awaitReady(Broker broker) {
    for (int i = 0; !cluster().ready(broker); i++) {
      check(i, broker + " can't be reached");
      cluster().poll(10_000_000);
      pass();
    }
  }

  /** Waits until a partition has a leader and returns it. */
  default Leader leader(TopicPartition partition) {
    cluster().follow(partition.topic());
    for (int i = 0; cluster().leader(partition).isEmpty(); i++) {
      check(i, "no leader of " + partition);
      cluster().poll(10_000_000);
      pass();
    }
    return cluster().leader(partition).orElseThrow();
  }

  default Uuid topicId(String topic) {
    return leader(new TopicPartition(topic, 0)).topicId();
  }

  private static void check(int turns, String what) {
    if (turns > 6_000) {
      throw new AssertionError(what);
    }
  }
}
