package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.protocol.Errors;

/**
 * A cluster with one broker, in memory and in virtual time, which leads all partitions and
 * coordinates all transactional ids. It executes requests unless a test scripts another outcome.
 */
final class FakeBrokers implements Cluster {
  static final Broker BROKER = new Broker(0, "only", 1);

  /** The outcome of a request. */
  enum Fate {
    LOST_UNDONE,
    LOST_DONE
  }

  /** The coordinator's state of a transactional id. */
  static final class Producer {
    long id;
    int epoch;
    boolean open;

    Producer(long id, int epoch) {
      this.id = id;
      this.epoch = epoch;
    }
  }

  /** The log of a partition. */
  static final class Log {
    final List<ByteBuffer> batches = new ArrayList<>();
    long start;
    long end;
    long visible = Long.MAX_VALUE;

    void append(ByteBuffer batch) {
      batches.add(batch);
      end = BatchHeader.nextOffset(batch, 0);
    }

    long highWatermark() {
      return Math.min(visible, end);
    }
  }

  final Map<TopicPartition, Log> logs = new HashMap<>();
  final Map<String, Producer> producers = new HashMap<>();
  final List<Api> received = new ArrayList<>();
  final Set<TopicPartition> leaderless = new HashSet<>();
  final Set<Broker> dead = new HashSet<>();
  final List<Broker> wanted = new ArrayList<>();
  Broker coordinator = BROKER;
  boolean holdsMarkers;
  boolean hidesRecords;
  private final Map<Api, Deque<Object>> instead = new HashMap<>();
  private final List<Runnable> heldMarkers = new ArrayList<>();
  private final Deque<Request> requests = new ArrayDeque<>();
  private final Map<String, Uuid> ids = new HashMap<>();
  private long now = 1;
  private long version = 1;
  private int leaderEpoch;
  private long nextId = 1_000;

  Log create(TopicPartition partition) {
    ids.computeIfAbsent(partition.topic(), name -> Uuid.randomUuid());
    return logs.computeIfAbsent(partition, key -> new Log());
  }

  Uuid id(String topic) {
    return ids.get(topic);
  }

  void recreate(TopicPartition partition) {
    ids.put(partition.topic(), Uuid.randomUuid());
    logs.put(partition, new Log());
    version++;
  }

  /** Gives all partitions a new leader epoch. */
  void elect() {
    leaderEpoch++;
    version++;
  }

  /** Answers the next request of that API with an error. */
  void refuse(Api api, Errors error) {
    instead.computeIfAbsent(api, key -> new ArrayDeque<>()).add(error);
  }

  /** Removes the scripted outcomes of that API. */
  void unscript(Api api) {
    instead.remove(api);
  }

  void pass(Duration time) {
    now += time.toNanos();
  }

  void lose(Api api, Fate fate) {
    instead.computeIfAbsent(api, key -> new ArrayDeque<>()).add(fate);
  }

  /** Writes the markers that were delayed. */
  void releaseMarkers() {
    holdsMarkers = false;
    List.copyOf(heldMarkers).forEach(Runnable::run);
    heldMarkers.clear();
  }

  long now() {
    return now;
  }

  @Override
  public void poll(long maxNanos) {
    boolean idle = requests.isEmpty();
    for (int left = requests.size(); left > 0; left--) {
      answer(requests.removeFirst());
    }
    now += idle ? Math.min(maxNanos, Duration.ofMillis(50).toNanos()) : 1_000_000;
  }

  private void answer(Request request) {
    received.add(request.api());
    Deque<Object> scripted = instead.getOrDefault(request.api(), new ArrayDeque<>());
    Object fate = scripted.pollFirst();
    MessageReader in = new MessageReader(joined(request.body()));
    if (fate == Fate.LOST_UNDONE) {
      request.handler().lost(new DisconnectException("lost"));
    } else if (fate == Fate.LOST_DONE) {
      var unused = execute(request.api(), in, Errors.NONE);
      request.handler().lost(new DisconnectException("lost"));
    } else {
      Errors error = fate == null ? Errors.NONE : (Errors) fate;
      MessageWriter out = execute(request.api(), in, error);
      request.handler().answered(new Received(joined(out), new ReceivePool()));
    }
  }

  private static ByteBuffer joined(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.flip();
  }

  private MessageWriter execute(Api api, MessageReader in, Errors error) {
    return switch (api) {
      case FIND_COORDINATOR -> find(in, error);
      case INIT_PRODUCER_ID -> init(in, error);
      case ADD_PARTITIONS_TO_TXN -> add(in, error);
      case END_TXN -> end(in, error);
      case WRITE_TXN_MARKERS -> mark(in, error);
      case LIST_OFFSETS -> list(in, error);
      case FETCH -> fetch(in, error);
      default -> throw new AssertionError(api);
    };
  }

  private MessageWriter find(MessageReader in, Errors error) {
    in.int8();
    MessageWriter out = new MessageWriter().int32(0);
    int count = in.array();
    out.arrayOf(count);
    for (; count > 0; count--) {
      out.string(in.string()).int32(coordinator.id());
      out.string(coordinator.host()).int32(coordinator.port()).int16(error.code());
      out.string(null).noTags();
    }
    return out.noTags();
  }

  private MessageWriter init(MessageReader in, Errors error) {
    String id = in.string();
    if (error != Errors.NONE) {
      return new MessageWriter().int32(0).int16(error.code()).int64(-1).int16(-1).noTags();
    }
    Producer producer = producers.get(id);
    if (producer == null) {
      producer = new Producer(nextId++, 0);
      producers.put(id, producer);
    } else {
      producer.epoch++;
      producer.open = false;
    }
    return new MessageWriter().int32(0).int16(0).int64(producer.id).int16(producer.epoch).noTags();
  }

  private MessageWriter add(MessageReader in, Errors scripted) {
    Producer producer = producers.get(in.string());
    Errors error = scripted;
    if (error == Errors.NONE && (producer.id != in.int64() || producer.epoch != in.int16())) {
      error = Errors.PRODUCER_FENCED;
    }
    if (error == Errors.NONE) {
      producer.open = true;
    }
    return new MessageWriter()
        .int32(0)
        .arrayOf(1)
        .string("t")
        .arrayOf(1)
        .int32(0)
        .int16(error.code())
        .noTags()
        .noTags()
        .noTags();
  }

  private MessageWriter end(MessageReader in, Errors scripted) {
    String id = in.string();
    Producer producer = producers.get(id);
    Errors error = scripted;
    if (error == Errors.NONE && producer.open) {
      producer.open = false;
      TopicPartition partition = partitionOf(id);
      long producerId = producer.id;
      int epoch = producer.epoch;
      Runnable marker = () -> writeMarker(partition, producerId, epoch);
      if (holdsMarkers) {
        heldMarkers.add(marker);
      } else {
        marker.run();
      }
    }
    return new MessageWriter().int32(0).int16(error.code()).noTags();
  }

  private static TopicPartition partitionOf(String transactionalId) {
    String[] parts = transactionalId.split("/");
    return new TopicPartition(parts[1], Integer.parseInt(parts[2]));
  }

  private void writeMarker(TopicPartition partition, long producerId, int epoch) {
    Log log = logs.get(partition);
    log.append(LogBytes.marker(log.end, producerId, epoch));
  }

  private MessageWriter mark(MessageReader in, Errors error) {
    in.array();
    long producerId = in.int64();
    int epoch = in.int16();
    in.bool();
    in.array();
    String topic = in.string();
    in.array();
    int partition = in.int32();
    if (error == Errors.NONE) {
      writeMarker(new TopicPartition(topic, partition), producerId, epoch);
    }
    MessageWriter out = new MessageWriter().arrayOf(1).int64(producerId).arrayOf(1).string(topic);
    out.arrayOf(1).int32(partition).int16(error.code()).noTags().noTags().noTags();
    return out.noTags();
  }

  private MessageWriter list(MessageReader in, Errors error) {
    in.int32();
    in.int8();
    int topics = in.array();
    MessageWriter out = new MessageWriter().int32(0).arrayOf(topics);
    for (; topics > 0; topics--) {
      String topic = in.string();
      int partitions = in.array();
      out.string(topic).arrayOf(partitions);
      for (; partitions > 0; partitions--) {
        int partition = in.int32();
        in.int32();
        Log log = logs.get(new TopicPartition(topic, partition));
        long offset = in.int64() == -1 ? log.highWatermark() : log.start;
        in.skipTags();
        out.int32(partition).int16(error.code()).int64(-1);
        out.int64(error == Errors.NONE ? offset : -1).int32(0).noTags();
      }
      in.skipTags();
      out.noTags();
    }
    return out.noTags();
  }

  private MessageWriter fetch(MessageReader in, Errors scripted) {
    in.skip(4 + 4 + 4 + 4 + 1 + 4 + 4);
    int topics = in.array();
    MessageWriter out = new MessageWriter().int32(0).int16(0).int32(0).arrayOf(topics);
    for (; topics > 0; topics--) {
      Uuid id = in.uuid();
      int partitions = in.array();
      out.uuid(id).arrayOf(partitions);
      for (; partitions > 0; partitions--) {
        int partition = in.int32();
        in.int32();
        long offset = in.int64();
        in.skip(4 + 8 + 4);
        in.skipTags();
        read(out, new TopicPartition(name(id), partition), offset, scripted);
      }
      in.skipTags();
      out.noTags();
    }
    return out.noTags();
  }

  private String name(Uuid id) {
    return ids.entrySet().stream()
        .filter(entry -> entry.getValue().equals(id))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /** Returns two batches at most, so that long logs take several responses. */
  private void read(MessageWriter out, TopicPartition partition, long offset, Errors scripted) {
    Log log = logs.get(partition);
    Errors error = scripted;
    if (error == Errors.NONE && (offset < log.start || offset > log.end)) {
      error = Errors.OFFSET_OUT_OF_RANGE;
    }
    List<ByteBuffer> found =
        error != Errors.NONE || hidesRecords
            ? List.of()
            : log.batches.stream()
                .filter(batch -> BatchHeader.nextOffset(batch, 0) > offset)
                .filter(batch -> BatchHeader.nextOffset(batch, 0) <= log.highWatermark())
                .limit(2)
                .toList();
    int size = found.stream().mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer records = ByteBuffer.allocate(size);
    found.forEach(batch -> records.put(batch.duplicate()));
    out.int32(partition.partition()).int16(error.code()).int64(log.highWatermark());
    out.int64(log.highWatermark()).int64(log.start).arrayOf(0).int32(-1).uvarint(size + 1);
    out.foreign(records.flip()).noTags();
  }

  @Override
  public void follow(String topic) {}

  @Override
  public void forget(String topic) {}

  @Override
  public void refresh() {
    version++;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public Optional<Leader> leader(TopicPartition partition) {
    return leaderless.contains(partition) || !logs.containsKey(partition)
        ? Optional.empty()
        : Optional.of(new Leader(BROKER, leaderEpoch, ids.get(partition.topic())));
  }

  @Override
  public Optional<ApiException> error(String topic) {
    return Optional.empty();
  }

  @Override
  public int partitions(String topic) {
    return 0;
  }

  @Override
  public Optional<Broker> anyReady() {
    return Optional.of(BROKER);
  }

  @Override
  public long connection(Broker broker) {
    return 1;
  }

  @Override
  public boolean ready(Broker broker) {
    wanted.add(broker);
    return !dead.contains(broker);
  }

  @Override
  public long roundTripNanos(Broker broker) {
    return 0;
  }

  @Override
  public short version(Broker broker, Api api) {
    return api.oldest();
  }

  @Override
  public void send(Broker broker, Request request) {
    requests.add(request);
  }

  @Override
  public void throttle(Broker broker, int millis) {}

  @Override
  public void disconnect(Broker broker, String why) {}

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    requests.forEach(request -> request.handler().lost(new DisconnectException("closed")));
    requests.clear();
  }
}
