package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClosedByBrokerException;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in memory, in virtual time. Requests wait until the test lets a broker handle them;
 * each batch of a request can be given an error in place of the partition's answer.
 */
final class FakeTarget implements Cluster {
  static final Broker FIRST = new Broker(0, "first", 1);
  static final Broker SECOND = new Broker(1, "second", 2);

  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

  long roundTripNanos;
  int leaderEpoch;
  private final Map<Broker, Long> connections = new HashMap<>();
  private final Map<TopicPartition, FakePartition> partitions = new HashMap<>();
  private final Map<TopicPartition, Broker> leaders = new HashMap<>();
  private final Map<String, Uuid> ids = new HashMap<>();
  private final Map<Broker, Deque<Request>> requests = new LinkedHashMap<>();
  private final List<Integer> sizes = new ArrayList<>();
  private final Set<Broker> dead = new HashSet<>();
  private short produceVersion = 9;
  private long now = 1;
  private long version;
  private long nextProducerId = 1_000;
  private boolean refreshes = true;
  private boolean closed;
  private long throttledUntil = 1;
  private @Nullable KafkaException broken;

  FakeTarget() {
    requests.put(FIRST, new ArrayDeque<>());
    requests.put(SECOND, new ArrayDeque<>());
  }

  FakePartition create(TopicPartition partition) {
    ids.computeIfAbsent(partition.topic(), name -> Uuid.randomUuid());
    leaders.put(partition, FIRST);
    FakePartition fresh = new FakePartition();
    partitions.put(partition, fresh);
    version++;
    return fresh;
  }

  void recreate(String topic) {
    ids.put(topic, Uuid.randomUuid());
    version++;
  }

  void lead(TopicPartition partition, Broker broker) {
    leaders.put(partition, broker);
  }

  /** Stops the broker; the cluster has yet to notice. */
  void kill(Broker broker) {
    dead.add(broker);
    var unused = cut(broker, 0);
  }

  void revive(Broker broker) {
    dead.remove(broker);
  }

  /** Moves the partitions of a dead broker to another one. */
  void noticeTheDead() {
    leaders.replaceAll(
        (partition, leader) ->
            dead.contains(leader) ? (leader.id() == FIRST.id() ? SECOND : FIRST) : leader);
  }

  /** Gives a broker another address. */
  void move(Broker from, Broker to) {
    kill(from);
    requests.put(to, new ArrayDeque<>());
    leaders.replaceAll((partition, leader) -> leader.equals(from) ? to : leader);
    version++;
  }

  void produceVersion(int spoken) {
    produceVersion = (short) spoken;
  }

  /** Whether metadata requests are answered. */
  void refreshes(boolean answered) {
    refreshes = answered;
  }

  /** Makes the connections throw this from now on. */
  void breakWith(KafkaException failure) {
    broken = failure;
  }

  long now() {
    return now;
  }

  /** Returns a wall clock that runs with virtual time. */
  Clock clock() {
    return new Clock() {
      @Override
      public Instant instant() {
        return START.plusNanos(now);
      }

      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }
    };
  }

  void pass(long nanos) {
    now += nanos;
  }

  Deque<Request> requests(Broker broker) {
    return requests.get(broker);
  }

  /** Returns the bytes of the batches of every produce request so far. */
  List<Integer> sizes() {
    return sizes;
  }

  /** Handles all requests. */
  void answerAll() {
    requests
        .keySet()
        .forEach(
            broker -> {
              while (!requests.get(broker).isEmpty()) {
                answer(broker, partition -> Errors.NONE);
              }
            });
  }

  /** Handles the oldest request of a broker. */
  void answer(Broker broker) {
    answer(broker, partition -> Errors.NONE);
  }

  /**
   * Answers the oldest request.
   *
   * @param instead the error of a partition in place of handling it, unless {@code NONE}
   */
  void answer(Broker broker, Function<TopicPartition, Errors> instead) {
    Request request = requests.get(broker).removeFirst();
    request.handler().answered(received(execute(broker, request, instead)));
  }

  /** Handles the oldest request, but answers with an error. */
  void appendAndAnswer(Broker broker, Errors error) {
    Request request = requests.get(broker).removeFirst();
    var unused = execute(broker, request, partition -> Errors.NONE);
    request.handler().answered(received(execute(broker, request, partition -> error)));
  }

  /** Closes a connection; the broker handles the first requests nevertheless. */
  List<Request> cut(Broker broker, int done) {
    List<Request> lost = requests.get(broker).stream().map(FakeTarget::asReceived).toList();
    requests.get(broker).clear();
    for (int i = 0; i < Math.min(done, lost.size()); i++) {
      var unused = execute(broker, lost.get(i), partition -> Errors.NONE);
    }
    connections.merge(broker, 1L, Long::sum);
    lost.forEach(request -> request.handler().lost(new DisconnectException("cut")));
    return lost;
  }

  /** Handles the oldest request at a broker with a small socket.request.max.bytes. */
  boolean answerOrClose(Broker broker, int mostBytes) {
    if (requests.get(broker).element().body().size() <= mostBytes) {
      answer(broker);
      return true;
    }
    List<Request> lost = List.copyOf(requests.get(broker));
    requests.get(broker).clear();
    lost.forEach(request -> request.handler().lost(new ClosedByBrokerException("it was closed")));
    return false;
  }

  /** A request with a copy of its bytes, as the broker has them. */
  private static Request asReceived(Request request) {
    MessageWriter copy = new MessageWriter().foreign(joined(request.body()));
    return new Request(request.api(), request.version(), copy, request.handler());
  }

  /** Handles a request whose connection is gone. */
  void straggle(Broker broker, Request request) {
    var unused = execute(broker, request, partition -> Errors.NONE);
  }

  private MessageWriter execute(
      Broker broker, Request request, Function<TopicPartition, Errors> instead) {
    if (request.api() == Api.INIT_PRODUCER_ID) {
      return new MessageWriter().int32(0).int16(0).int64(nextProducerId++).int16(0).noTags();
    }
    Map<TopicPartition, FakePartition.Answer> answers = new LinkedHashMap<>();
    batches(request)
        .forEach(
            (partition, batch) -> {
              Errors said = instead.apply(partition);
              if (said == Errors.NONE && !broker.equals(leaders.get(partition))) {
                said = Errors.NOT_LEADER_OR_FOLLOWER;
              }
              answers.put(
                  partition,
                  said == Errors.NONE
                      ? partitions.get(partition).append(batch)
                      : new FakePartition.Answer(said, -1));
            });
    return produced(answers);
  }

  private MessageWriter produced(Map<TopicPartition, FakePartition.Answer> answers) {
    MessageWriter out = new MessageWriter().arrayOf(answers.size());
    answers.forEach(
        (partition, answer) -> {
          if (produceVersion >= 13) {
            out.uuid(ids.get(partition.topic()));
          } else {
            out.string(partition.topic());
          }
          out.arrayOf(1).int32(partition.partition()).int16(answer.error().code());
          out.int64(answer.baseOffset()).int64(-1).int64(0).arrayOf(0).string(null).noTags();
          out.noTags();
        });
    return out.int32(0).noTags();
  }

  private static Received received(MessageWriter body) {
    return new Received(joined(body), new ReceivePool());
  }

  private static ByteBuffer joined(MessageWriter body) {
    ByteBuffer all = ByteBuffer.allocate((int) body.size());
    for (ByteBuffer piece : body.toBuffers()) {
      all.put(piece.duplicate());
    }
    return all.flip();
  }

  /** Returns the contents of a produce request, parsed from its bytes as they are now. */
  Map<TopicPartition, ByteBuffer> batches(Request request) {
    MessageReader in = new MessageReader(joined(request.body()));
    Map<TopicPartition, ByteBuffer> batches = new LinkedHashMap<>();
    in.nullableString();
    in.int16();
    in.int32();
    for (int topics = in.array(); topics > 0; topics--) {
      String topic = request.version() >= 13 ? name(in.uuid()) : in.string();
      for (int left = in.array(); left > 0; left--) {
        batches.put(new TopicPartition(topic, in.int32()), in.bytes());
        in.skipTags();
      }
      in.skipTags();
    }
    in.skipTags();
    return batches;
  }

  private String name(Uuid id) {
    return ids.entrySet().stream()
        .filter(entry -> entry.getValue().equals(id))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("gone");
  }

  @Override
  public void follow(String topic) {
    version++;
  }

  @Override
  public void forget(String topic) {}

  @Override
  public void refresh() {
    if (refreshes) {
      version++;
    }
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public Optional<Leader> leader(TopicPartition partition) {
    Broker leader = leaders.get(partition);
    return leader == null
        ? Optional.empty()
        : Optional.of(new Leader(leader, leaderEpoch, ids.get(partition.topic())));
  }

  @Override
  public Optional<ApiException> error(String topic) {
    return ids.containsKey(topic)
        ? Optional.empty()
        : Optional.of(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception());
  }

  @Override
  public int partitions(String topic) {
    return (int) partitions.keySet().stream().filter(p -> p.topic().equals(topic)).count();
  }

  @Override
  public Optional<Broker> anyReady() {
    return Optional.of(SECOND);
  }

  @Override
  public long connection(Broker broker) {
    return dead.contains(broker) ? 0 : 1 + connections.getOrDefault(broker, 0L);
  }

  @Override
  public boolean ready(Broker broker) {
    if (dead.contains(broker)) {
      refresh(); // as a failed connection does
      return false;
    }
    return !closed && throttledNanos(broker) == 0;
  }

  /** Throttles the first broker for so long. */
  void throttle(long nanos) {
    throttledUntil = now + nanos;
  }

  /** Removes the leader of the partition. */
  void unlead(TopicPartition partition) {
    leaders.remove(partition);
    version++;
  }

  @Override
  public long roundTripNanos(Broker broker) {
    return roundTripNanos;
  }

  @Override
  public short version(Broker broker, Api api) {
    return api == Api.PRODUCE ? produceVersion : api.oldest();
  }

  @Override
  public void send(Broker broker, Request request) {
    requests.get(broker).addLast(request);
    if (request.api() == Api.PRODUCE) {
      sizes.add(batches(request).values().stream().mapToInt(ByteBuffer::remaining).sum());
    }
  }

  @Override
  public void throttle(Broker broker, int millis) {}

  @Override
  public long throttledNanos(Broker broker) {
    return broker.equals(FIRST) ? Math.max(0, throttledUntil - now) : 0;
  }

  @Override
  public Optional<String> failure(Broker broker) {
    return dead.contains(broker)
        ? Optional.of(broker + " does not accept connections")
        : Optional.empty();
  }

  @Override
  public void disconnect(Broker broker, String why) {
    var unused = cut(broker, 0);
  }

  @Override
  public void poll(long maxNanos) {
    KafkaException failure = broken;
    if (failure != null) {
      throw failure;
    }
    now += Math.min(maxNanos, 10_000_000);
  }

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    closed = true;
    requests.keySet().forEach(broker -> cut(broker, 0));
  }
}
