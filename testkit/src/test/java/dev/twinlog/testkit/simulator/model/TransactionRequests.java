package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/**
 * Handles a broker's requests for producers and transactions: FindCoordinator, InitProducerId,
 * AddPartitionsToTxn, EndTxn, WriteTxnMarkers.
 */
final class TransactionRequests {
  private final ModelKafka kafka;
  private final ModelWorld world;
  private final ModelCoordinator coordinator;

  TransactionRequests(ModelKafka kafka, ModelWorld world, ModelCoordinator coordinator) {
    this.kafka = kafka;
    this.world = world;
    this.coordinator = coordinator;
  }

  // FindCoordinator 4.

  void findCoordinator(MessageReader in, Consumer<MessageWriter> reply) {
    in.int8(); // of transactions
    int keys = in.array();
    MessageWriter out = new MessageWriter().int32(0).arrayOf(keys);
    int broker = kafka.coordinator();
    boolean there = kafka.isAlive(broker);
    for (; keys > 0; keys--) {
      out.string(in.string());
      if (there) {
        out.int32(broker).string(kafka.broker(broker).host()).int32(kafka.broker(broker).port());
        out.int16(0).string(null);
      } else {
        out.int32(-1).string("").int32(-1);
        out.int16(Errors.COORDINATOR_NOT_AVAILABLE.code()).string(null);
      }
      out.noTags();
    }
    reply.accept(out.noTags());
  }

  // InitProducerId 4.

  void initProducerId(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    String id = in.nullableString();
    int timeoutMs = in.int32();
    if (id == null) {
      initialized(reply, Errors.NONE, coordinator.newProducerId(), (short) 0);
    } else if (broker != kafka.coordinator()) {
      initialized(reply, Errors.NOT_COORDINATOR, -1, (short) -1);
    } else {
      coordinator.init(
          id,
          timeoutMs,
          (error, producerId, epoch) ->
              initialized(
                  reply,
                  error,
                  error == Errors.NONE ? producerId : -1,
                  error == Errors.NONE ? epoch : -1));
    }
  }

  private static void initialized(
      Consumer<MessageWriter> reply, Errors error, long producerId, short epoch) {
    reply.accept(
        new MessageWriter().int32(0).int16(error.code()).int64(producerId).int16(epoch).noTags());
  }

  // AddPartitionsToTxn 3.

  void addPartitions(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    String id = in.string();
    long producerId = in.int64();
    short epoch = in.int16();
    Set<TopicPartition> partitions = partitions(in);
    boolean known = partitions.stream().allMatch(one -> kafka.find(one).isPresent());
    if (!known) {
      Map<TopicPartition, Errors> errors = new LinkedHashMap<>();
      for (TopicPartition one : partitions) {
        boolean there = kafka.find(one).isPresent();
        errors.put(one, there ? Errors.OPERATION_NOT_ATTEMPTED : Errors.UNKNOWN_TOPIC_OR_PARTITION);
      }
      reply.accept(byPartition(new MessageWriter().int32(0), errors).noTags());
      return;
    }
    Consumer<Errors> done =
        error -> {
          Map<TopicPartition, Errors> errors = new LinkedHashMap<>();
          partitions.forEach(one -> errors.put(one, error));
          reply.accept(byPartition(new MessageWriter().int32(0), errors).noTags());
        };
    if (broker == kafka.coordinator()) {
      coordinator.add(id, producerId, epoch, partitions, done);
    } else {
      done.accept(Errors.NOT_COORDINATOR);
    }
  }

  private static Set<TopicPartition> partitions(MessageReader in) {
    Set<TopicPartition> partitions = new LinkedHashSet<>();
    for (int topics = in.array(); topics > 0; topics--) {
      String name = in.string();
      for (int left = in.array(); left > 0; left--) {
        partitions.add(new TopicPartition(name, in.int32()));
      }
      in.skipTags();
    }
    return partitions;
  }

  private static MessageWriter byPartition(MessageWriter out, Map<TopicPartition, Errors> errors) {
    Map<String, Map<Integer, Errors>> topics = new LinkedHashMap<>();
    errors.forEach(
        (partition, error) ->
            topics
                .computeIfAbsent(partition.topic(), name -> new LinkedHashMap<>())
                .put(partition.partition(), error));
    out.arrayOf(topics.size());
    topics.forEach(
        (name, partitions) -> {
          out.string(name).arrayOf(partitions.size());
          partitions.forEach((index, error) -> out.int32(index).int16(error.code()).noTags());
          out.noTags();
        });
    return out;
  }

  // EndTxn 3.

  void endTransaction(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    String id = in.string();
    long producerId = in.int64();
    short epoch = in.int16();
    boolean commit = in.bool();
    Consumer<Errors> done =
        error -> reply.accept(new MessageWriter().int32(0).int16(error.code()).noTags());
    if (broker == kafka.coordinator()) {
      coordinator.end(id, producerId, epoch, commit, done);
    } else {
      done.accept(Errors.NOT_COORDINATOR);
    }
  }

  // WriteTxnMarkers 1.

  private record Written(long producerId, Map<TopicPartition, Errors> errors) {}

  void writeMarkers(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    List<Written> all = new ArrayList<>();
    int[] open = {1};
    Runnable done =
        () -> {
          open[0]--;
          if (open[0] == 0) {
            reply.accept(written(all));
          }
        };
    for (int markers = in.array(); markers > 0; markers--) {
      long producerId = in.int64();
      short epoch = in.int16();
      boolean commit = in.bool();
      Set<TopicPartition> partitions = partitions(in);
      int coordinatorEpoch = in.int32();
      in.skipTags();
      ModelBatch.Marker marker = new ModelBatch.Marker(producerId, epoch, commit, coordinatorEpoch);
      Written written = new Written(producerId, new LinkedHashMap<>());
      all.add(written);
      open[0] += partitions.size();
      for (TopicPartition partition : partitions) {
        write(
            broker,
            partition,
            marker,
            error -> {
              written.errors().put(partition, error);
              done.run();
            });
      }
    }
    done.run();
  }

  private void write(
      int broker, TopicPartition name, ModelBatch.Marker marker, Consumer<Errors> done) {
    ModelPartition partition = kafka.find(name).orElse(null);
    if (partition == null) {
      done.accept(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    } else if (!kafka.mayWriteMarkers()) {
      done.accept(Errors.CLUSTER_AUTHORIZATION_FAILED);
    } else if (partition.leader() != broker) {
      done.accept(Errors.NOT_LEADER_OR_FOLLOWER);
    } else {
      ModelPartition.Appended appended = partition.append(marker);
      if (appended.error() == Errors.NONE) {
        boolean[] answered = {false};
        Consumer<Errors> once =
            error -> {
              if (!answered[0]) {
                answered[0] = true;
                done.accept(error);
              }
            };
        partition.whenReplicated(appended.next(), once);
        world.agenda().after(30_000_000_000L, () -> once.accept(Errors.REQUEST_TIMED_OUT));
      } else {
        done.accept(appended.error());
      }
    }
  }

  private static MessageWriter written(List<Written> all) {
    MessageWriter out = new MessageWriter().arrayOf(all.size());
    for (Written one : all) {
      out.int64(one.producerId());
      byPartition(out, one.errors()).noTags();
    }
    return out.noTags();
  }
}
