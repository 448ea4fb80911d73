package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.protocol.Errors;

/** A client's view of the model: connections of its own, and metadata that can be stale. */
public final class ModelCluster implements Cluster {
  private static final long REQUEST_NANOS = 30_000_000_000L;
  private static final long LONGEST_WAIT_NANOS = 20_000_000L;
  private static final long RECONNECT_NANOS = 50_000_000L;

  private final ModelKafka kafka;
  private final ModelWorld world;
  private final ReceivePool pool = new ReceivePool();
  private final Map<Integer, ModelConnection> connections = new LinkedHashMap<>();
  private final Map<Integer, Long> numbers = new HashMap<>();
  private final Map<Integer, Long> retryAt = new HashMap<>();
  private final Map<Integer, Long> throttledUntil = new HashMap<>();
  private final Set<String> followed = new TreeSet<>();
  private final Map<TopicPartition, Leader> leaders = new HashMap<>();
  private final Map<String, Integer> partitions = new HashMap<>();
  private short produceVersion = 13;
  private long roundTripNanos;
  private long version;
  private long lastNumber;
  private boolean asking;
  private boolean closed;
  private LongConsumer waits = nanos -> {};

  ModelCluster(ModelKafka kafka, ModelWorld world) {
    this.kafka = kafka;
    this.world = world;
  }

  /** Sets the version of Produce that the brokers support: 9 or 13. */
  public ModelCluster produceVersion(int spoken) {
    produceVersion = (short) spoken;
    return this;
  }

  /** Sets the round trip that the client assumes. */
  public ModelCluster roundTripNanos(long nanos) {
    roundTripNanos = nanos;
    return this;
  }

  /** Sets what lets time pass while the client waits, as it does when it closes. */
  public ModelCluster waitingBy(LongConsumer letsTimePass) {
    waits = letsTimePass;
    return this;
  }

  // Metadata.

  @Override
  public void follow(String topic) {
    if (followed.add(topic)) {
      refresh();
    }
  }

  @Override
  public void forget(String topic) {
    followed.remove(topic);
    leaders.keySet().removeIf(partition -> partition.topic().equals(topic));
    partitions.remove(topic);
  }

  @Override
  public void refresh() {
    if (!asking && !closed) {
      asking = true;
      world
          .agenda()
          .after(world.times().draw(world.random(), world.times().metadata()), this::told);
    }
  }

  private void told() {
    asking = false;
    if (closed) {
      return;
    }
    if (kafka.brokers().stream().noneMatch(broker -> kafka.isAlive(broker.id()))) {
      world.agenda().after(RECONNECT_NANOS, this::refresh);
      return;
    }
    version++;
    boolean complete = true;
    for (String topic : followed) {
      complete &= told(topic);
    }
    if (!complete) {
      world.agenda().after(RECONNECT_NANOS, this::refresh);
    }
  }

  private boolean told(String name) {
    ModelTopic topic = kafka.topic(name).orElse(null);
    leaders.keySet().removeIf(known -> topic == null && known.topic().equals(name));
    partitions.put(name, topic == null ? 0 : topic.partitions().size());
    boolean complete = topic != null;
    if (topic != null) {
      for (ModelPartition partition : topic.partitions()) {
        int leader = partition.leader();
        complete &= leader != ModelPartition.NO_LEADER;
        if (leader == ModelPartition.NO_LEADER) {
          leaders.remove(partition.name());
        } else {
          leaders.put(
              partition.name(),
              new Leader(kafka.broker(leader), partition.leaderEpoch(), topic.id()));
        }
      }
    }
    return complete;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public Optional<Leader> leader(TopicPartition partition) {
    return Optional.ofNullable(leaders.get(partition));
  }

  @Override
  public Optional<ApiException> error(String topic) {
    Integer known = partitions.get(topic);
    return known != null && known == 0
        ? Optional.of(Errors.UNKNOWN_TOPIC_OR_PARTITION.exception())
        : Optional.empty();
  }

  @Override
  public int partitions(String topic) {
    return partitions.getOrDefault(topic, 0);
  }

  // Connections.

  @Override
  public Optional<Broker> anyReady() {
    List<Broker> ready = new ArrayList<>();
    for (Broker broker : kafka.brokers()) {
      if (ready(broker)) {
        ready.add(broker);
      }
    }
    return ready.isEmpty()
        ? Optional.empty()
        : Optional.of(ready.get(world.random().nextInt(ready.size())));
  }

  @Override
  public boolean ready(Broker broker) {
    ModelConnection connection = connections.get(broker.id());
    if (closed) {
      return false;
    }
    if (connection != null) {
      return connection.maySend() && world.agenda().now() >= throttledUntil(broker.id());
    }
    if (world.agenda().now() >= retryAt.getOrDefault(broker.id(), 0L)) {
      if (kafka.isAlive(broker.id())) {
        ModelConnection fresh = new ModelConnection(kafka, world, broker.id());
        connections.put(broker.id(), fresh);
        numbers.put(broker.id(), ++lastNumber);
        return fresh.maySend();
      }
      retryAt.put(broker.id(), world.agenda().now() + RECONNECT_NANOS);
      refresh(); // as after a connection that can't be established
    }
    return false;
  }

  @Override
  public long connection(Broker broker) {
    ModelConnection connection = connections.get(broker.id());
    return connection == null || connection.state() != ModelConnection.State.OPEN
        ? 0
        : numbers.getOrDefault(broker.id(), 0L);
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
    ModelConnection connection = connections.get(broker.id());
    if (connection == null || !connection.maySend()) {
      throw new IllegalStateException(broker + " is not ready");
    }
    connection.send(request);
  }

  @Override
  public void throttle(Broker broker, int millis) {
    throttledUntil.put(broker.id(), world.agenda().now() + millis * 1_000_000L);
  }

  private long throttledUntil(int broker) {
    return throttledUntil.getOrDefault(broker, 0L);
  }

  @Override
  public void disconnect(Broker broker, String why) {
    ModelConnection connection = connections.get(broker.id());
    if (connection != null) {
      lose(connection, why);
    }
  }

  private void lose(ModelConnection connection, String why) {
    connections.remove(connection.broker(), connection);
    throttledUntil.remove(connection.broker());
    retryAt.put(connection.broker(), world.agenda().now() + RECONNECT_NANOS);
    for (ModelConnection.Call call : connection.close()) {
      call.request.handler().lost(new DisconnectException(why));
    }
    refresh();
  }

  /** Sends queued requests and delivers the answers that have arrived. */
  @Override
  public void poll(long maxNanos) {
    if (maxNanos > 0) {
      connections.values().forEach(ModelConnection::flush);
      waits.accept(Math.min(maxNanos, LONGEST_WAIT_NANOS));
    }
    for (ModelConnection connection : List.copyOf(connections.values())) {
      if (connection.state() == ModelConnection.State.GONE) {
        lose(connection, "the connection broke");
      } else {
        bring(connection);
      }
    }
  }

  private void bring(ModelConnection connection) {
    connection.flush();
    while (connection.state() == ModelConnection.State.OPEN && !connection.answers().isEmpty()) {
      ModelConnection.Answered answer = connection.answers().remove();
      if (connection.inFlight().remove() != answer.call()) {
        throw new IllegalStateException("an answer overtook another one");
      }
      answer.call().request.handler().answered(new Received(answer.body(), pool));
    }
    ModelConnection.Call oldest = connection.inFlight().peek();
    if (oldest != null && world.agenda().now() - waitsSince(connection, oldest) >= REQUEST_NANOS) {
      lose(connection, "no answer for 30 s");
    }
  }

  /** While a connection is throttled, as the client knows, its broker answers nothing. */
  private long waitsSince(ModelConnection connection, ModelConnection.Call oldest) {
    return Math.max(oldest.sentAt, throttledUntil(connection.broker()));
  }

  /** The client's process dies: it gets no notification, and its connections break. */
  public void crash() {
    closed = true;
    connections.values().forEach(ModelConnection::close);
    connections.clear();
  }

  @Override
  public void wakeup() {}

  @Override
  public void close() {
    closed = true;
    for (ModelConnection connection : List.copyOf(connections.values())) {
      lose(connection, "closed");
    }
  }
}
