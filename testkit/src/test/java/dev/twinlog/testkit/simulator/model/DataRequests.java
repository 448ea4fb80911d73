package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Handles a broker's requests for records: Produce, Fetch, ListOffsets. */
final class DataRequests {
  private static final short PRODUCE_BY_ID = 13;

  private final ModelKafka kafka;
  private final ModelWorld world;

  DataRequests(ModelKafka kafka, ModelWorld world) {
    this.kafka = kafka;
    this.world = world;
  }

  /** The partition if this broker leads it, or the error. */
  private record Found(@Nullable ModelPartition partition, Errors error) {}

  private Found find(int broker, Optional<ModelTopic> topic, int index, int epoch, Errors unknown) {
    if (topic.isEmpty()) {
      return new Found(null, unknown);
    }
    if (index >= topic.get().partitions().size()) {
      return new Found(null, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }
    ModelPartition partition = topic.get().partitions().get(index);
    if (partition.leader() != broker) {
      return new Found(null, Errors.NOT_LEADER_OR_FOLLOWER);
    }
    if (epoch >= 0 && epoch < partition.leaderEpoch()) {
      return new Found(null, Errors.FENCED_LEADER_EPOCH);
    }
    if (epoch > partition.leaderEpoch()) {
      return new Found(null, Errors.UNKNOWN_LEADER_EPOCH);
    }
    return new Found(partition, Errors.NONE);
  }

  // Produce 9 and 13.

  private static final class Produced {
    final Uuid id;
    final String name;
    final int index;
    Errors error = Errors.NONE;
    long baseOffset = -1;
    boolean open;

    Produced(Uuid id, String name, int index) {
      this.id = id;
      this.name = name;
      this.index = index;
    }
  }

  void produce(int broker, short version, MessageReader in, Consumer<MessageWriter> reply) {
    in.nullableString(); // transactional id
    in.int16(); // acks: all
    int timeoutMs = in.int32();
    List<Produced> all = new ArrayList<>();
    List<Runnable> waits = new ArrayList<>();
    Runnable[] whenDone = {() -> {}};
    for (int topics = in.array(); topics > 0; topics--) {
      boolean byId = version >= PRODUCE_BY_ID;
      Uuid id = byId ? in.uuid() : Uuid.ZERO_UUID;
      String name = byId ? "" : in.string();
      Optional<ModelTopic> topic = byId ? kafka.topic(id) : kafka.topic(name);
      Errors unknown = byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
      for (int left = in.array(); left > 0; left--) {
        Produced one = new Produced(id, name, in.int32());
        append(find(broker, topic, one.index, -1, unknown), in.bytes(), one, waits, whenDone);
        all.add(one);
        in.skipTags();
      }
      in.skipTags();
    }
    answerWhenDone(broker, all, waits, whenDone, timeoutMs, version, reply);
  }

  private static void append(
      Found found, ByteBuffer batch, Produced one, List<Runnable> waits, Runnable[] whenDone) {
    ModelPartition partition = found.partition();
    if (partition == null) {
      one.error = found.error();
      return;
    }
    ModelPartition.Appended appended = partition.append(batch);
    one.error = appended.error();
    one.baseOffset = appended.baseOffset();
    if (one.error == Errors.NONE) {
      one.open = true;
      waits.add(
          () ->
              partition.whenReplicated(
                  appended.next(),
                  error -> {
                    if (one.open) {
                      one.open = false;
                      one.error = error;
                      whenDone[0].run();
                    }
                  }));
    }
  }

  private void answerWhenDone(
      int broker,
      List<Produced> all,
      List<Runnable> waits,
      Runnable[] whenDone,
      int timeoutMs,
      short version,
      Consumer<MessageWriter> reply) {
    boolean[] answered = {false};
    whenDone[0] =
        () -> {
          if (!answered[0] && all.stream().noneMatch(one -> one.open)) {
            answered[0] = true;
            reply.accept(produced(all, version, kafka.throttleMs(broker)));
          }
        };
    waits.forEach(Runnable::run);
    whenDone[0].run();
    if (!answered[0]) {
      world
          .agenda()
          .after(
              timeoutMs * 1_000_000L,
              () -> {
                for (Produced one : all) {
                  if (one.open) {
                    one.open = false;
                    one.error = Errors.REQUEST_TIMED_OUT;
                  }
                }
                whenDone[0].run();
              });
    }
  }

  private static MessageWriter produced(List<Produced> all, short version, int throttleMs) {
    MessageWriter out = new MessageWriter().arrayOf(all.size());
    for (Produced one : all) {
      if (version >= PRODUCE_BY_ID) {
        out.uuid(one.id);
      } else {
        out.string(one.name);
      }
      boolean failed = one.error != Errors.NONE;
      out.arrayOf(1).int32(one.index).int16(one.error.code());
      out.int64(failed ? -1 : one.baseOffset).int64(-1).int64(failed ? -1 : 0);
      out.arrayOf(0).string(null).noTags().noTags();
    }
    return out.int32(throttleMs).noTags();
  }

  // Fetch 13, without a session.

  private record Wanted(Uuid topic, int index, int epoch, long offset, int maxBytes) {}

  private record Fetched(Wanted wanted, Found found, Errors error, ByteBuffer records) {}

  void fetch(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    in.int32(); // replica
    int maxWaitMs = in.int32();
    int minBytes = in.int32();
    int maxBytes = in.int32();
    in.int8(); // isolation: there are no transactions with records
    in.int32(); // session
    in.int32(); // and its epoch
    List<Wanted> wanted = new ArrayList<>();
    for (int topics = in.array(); topics > 0; topics--) {
      Uuid topic = in.uuid();
      for (int left = in.array(); left > 0; left--) {
        int index = in.int32();
        int epoch = in.int32();
        long offset = in.int64();
        in.int32(); // the leader epoch of the last fetched record
        in.int64(); // a follower's log start
        wanted.add(new Wanted(topic, index, epoch, offset, in.int32()));
        in.skipTags();
      }
      in.skipTags();
    }
    long deadline = world.agenda().now() + maxWaitMs * 1_000_000L;
    fetch(broker, new Fetch(wanted, minBytes, maxBytes, deadline, reply));
  }

  private static final class Fetch {
    final List<Wanted> wanted;
    final int minBytes;
    final int maxBytes;
    final long deadline;
    final Consumer<MessageWriter> reply;
    boolean answered;

    Fetch(
        List<Wanted> wanted,
        int minBytes,
        int maxBytes,
        long deadline,
        Consumer<MessageWriter> reply) {
      this.wanted = wanted;
      this.minBytes = minBytes;
      this.maxBytes = maxBytes;
      this.deadline = deadline;
      this.reply = reply;
    }
  }

  private void fetch(int broker, Fetch fetch) {
    if (fetch.answered) {
      return;
    }
    List<Fetched> all = new ArrayList<>();
    int bytes = 0;
    boolean failed = false;
    for (Wanted wanted : fetch.wanted) {
      Fetched one = fetch(broker, wanted, fetch.maxBytes - bytes, bytes == 0);
      bytes += one.records().remaining();
      failed |= one.error() != Errors.NONE;
      all.add(one);
    }
    long left = fetch.deadline - world.agenda().now();
    if (failed || bytes >= fetch.minBytes || left <= 0 || fetch.wanted.isEmpty()) {
      fetch.answered = true;
      fetch.reply.accept(fetched(all, kafka.throttleMs(broker)));
      return;
    }
    Runnable again = () -> fetch(broker, fetch);
    for (Fetched one : all) {
      ModelPartition partition = one.found().partition();
      if (partition != null) {
        partition.whenChanged(again);
      }
    }
    world.agenda().after(left, again);
  }

  private Fetched fetch(int broker, Wanted wanted, int bytesLeft, boolean first) {
    ByteBuffer none = ByteBuffer.allocate(0);
    Found found =
        find(
            broker,
            kafka.topic(wanted.topic()),
            wanted.index(),
            wanted.epoch(),
            Errors.UNKNOWN_TOPIC_ID);
    ModelPartition partition = found.partition();
    if (partition == null) {
      return new Fetched(wanted, found, found.error(), none);
    }
    if (wanted.offset() < partition.start() || wanted.offset() > partition.end()) {
      return new Fetched(wanted, found, Errors.OFFSET_OUT_OF_RANGE, none);
    }
    int most = Math.max(0, Math.min(wanted.maxBytes(), bytesLeft));
    ByteBuffer records =
        wanted.offset() < partition.highWatermark()
            ? partition.read(wanted.offset(), most, first)
            : none;
    return new Fetched(wanted, found, Errors.NONE, records);
  }

  private static MessageWriter fetched(List<Fetched> all, int throttleMs) {
    MessageWriter out = new MessageWriter().int32(throttleMs).int16(0).int32(0).arrayOf(all.size());
    for (Fetched one : all) {
      ModelPartition partition = one.error() == Errors.NONE ? one.found().partition() : null;
      long visible = partition == null ? -1 : partition.highWatermark();
      out.uuid(one.wanted().topic()).arrayOf(1);
      out.int32(one.wanted().index()).int16(one.error().code()).int64(visible).int64(visible);
      out.int64(partition == null ? -1 : partition.start()).arrayOf(0).int32(-1);
      out.uvarint(one.records().remaining() + 1).foreign(one.records()).noTags().noTags();
    }
    return out.noTags();
  }

  // ListOffsets 7.

  void listOffsets(int broker, MessageReader in, Consumer<MessageWriter> reply) {
    in.int32(); // replica
    in.int8(); // isolation
    MessageWriter out = new MessageWriter().int32(0);
    int topics = in.array();
    out.arrayOf(topics);
    for (; topics > 0; topics--) {
      String name = in.string();
      int left = in.array();
      out.string(name).arrayOf(left);
      for (; left > 0; left--) {
        int index = in.int32();
        int epoch = in.int32();
        long timestamp = in.int64();
        in.skipTags();
        offset(
            find(broker, kafka.topic(name), index, epoch, Errors.UNKNOWN_TOPIC_OR_PARTITION),
            index,
            timestamp,
            out);
      }
      in.skipTags();
      out.noTags();
    }
    reply.accept(out.noTags());
  }

  private static void offset(Found found, int index, long timestamp, MessageWriter out) {
    ModelPartition partition = found.partition();
    Errors error = found.error();
    long offset = -1;
    if (partition != null && timestamp == -1 && !partition.isSettled()) {
      error = Errors.OFFSET_NOT_AVAILABLE;
    } else if (partition != null) {
      offset = timestamp == -2 ? partition.start() : partition.highWatermark();
    }
    int epoch = offset < 0 || partition == null ? -1 : partition.leaderEpoch();
    out.int32(index).int16(error.code()).int64(-1).int64(offset).int32(epoch).noTags();
  }
}
