package dev.twinlog.testkit.simulator.model;

import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * A model of a Kafka cluster with a few brokers and faults on demand. Not thread-safe; delayed work
 * runs when the {@link Agenda} is advanced.
 */
public final class ModelKafka {
  private static final short PRODUCE = 0;
  private static final short FETCH = 1;
  private static final short LIST_OFFSETS = 2;
  private static final short FIND_COORDINATOR = 10;
  private static final short INIT_PRODUCER_ID = 22;
  private static final short ADD_PARTITIONS_TO_TXN = 24;
  private static final short END_TXN = 26;
  private static final short WRITE_TXN_MARKERS = 27;

  private final ModelWorld world;
  private final ModelPartition.Watcher watcher;
  private final List<Broker> brokers = new ArrayList<>();
  private final Set<Integer> dead = new LinkedHashSet<>();
  private final Map<String, ModelTopic> topics = new LinkedHashMap<>();
  private final Set<ModelConnection> connections = new LinkedHashSet<>();
  private final ModelCoordinator coordinator;
  private final DataRequests data;
  private final TransactionRequests transactions;
  private final Elections elections;
  private final Map<Integer, Long> frozenUntil = new LinkedHashMap<>();
  private final Map<Integer, Throttle> throttles = new LinkedHashMap<>();
  private int coordinatorBroker;

  /** A throttled broker: for how long, and with how many of its next answers. */
  private record Throttle(int millis, int answers) {}

  private boolean markersAllowed = true;

  /**
   * A cluster without topics.
   *
   * @param settings of its brokers
   * @param random the only source of randomness
   * @param watcher receives everything that is appended and truncated
   */
  public ModelKafka(
      Agenda agenda, Random random, ModelSettings settings, ModelPartition.Watcher watcher) {
    this.world = new ModelWorld(agenda, random, settings);
    this.watcher = watcher;
    for (int id = 0; id < settings.brokers(); id++) {
      brokers.add(new Broker(id, "broker" + id, 9092));
    }
    this.coordinator = new ModelCoordinator(world, settings.idExpirationMs(), this::find);
    this.data = new DataRequests(this, world);
    this.transactions = new TransactionRequests(this, world, coordinator);
    this.elections = new Elections(world, this::breakConnectionsTo);
  }

  /** A new client without metadata. */
  public ModelCluster connect() {
    return new ModelCluster(this, world);
  }

  // Topics.

  /** Creates a topic with batches of at most so many bytes. */
  public void createTopic(String name, int partitions, int maxBytes) {
    List<ModelPartition> logs = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      int leader = world.random().nextInt(brokers.size());
      logs.add(new ModelPartition(new TopicPartition(name, i), world, leader, maxBytes, watcher));
    }
    Uuid id = new Uuid(world.random().nextLong(), world.random().nextLong());
    topics.put(name, new ModelTopic(name, id, List.copyOf(logs)));
  }

  /** Deletes a topic and creates it again, empty and with another id. */
  public void recreateTopic(String name, int maxBytes) {
    ModelTopic old = Objects.requireNonNull(topics.remove(name), name);
    old.partitions()
        .forEach(partition -> partition.elect(ModelPartition.NO_LEADER, partition.end()));
    createTopic(name, old.partitions().size(), maxBytes);
  }

  Optional<ModelTopic> topic(String name) {
    return Optional.ofNullable(topics.get(name));
  }

  Optional<ModelTopic> topic(Uuid id) {
    return topics.values().stream().filter(topic -> topic.id().equals(id)).findFirst();
  }

  /** A topic's id. */
  public Uuid topicId(String name) {
    return topic(name).orElseThrow().id();
  }

  Optional<ModelPartition> find(TopicPartition name) {
    return topic(name.topic())
        .filter(topic -> name.partition() < topic.partitions().size())
        .map(topic -> topic.partitions().get(name.partition()));
  }

  /** A partition that exists. */
  public ModelPartition partition(TopicPartition name) {
    return find(name).orElseThrow();
  }

  /** All partitions of all topics. */
  public List<ModelPartition> partitions() {
    return topics.values().stream().flatMap(topic -> topic.partitions().stream()).toList();
  }

  // Requests.

  /** Executes a request on a broker; calls back with the answer, perhaps at once. */
  void execute(
      int broker, short api, short version, ByteBuffer body, Consumer<MessageWriter> reply) {
    MessageReader in = new MessageReader(body);
    switch (api) {
      case PRODUCE -> data.produce(broker, version, in, reply);
      case FETCH -> data.fetch(broker, in, reply);
      case LIST_OFFSETS -> data.listOffsets(broker, in, reply);
      case FIND_COORDINATOR -> transactions.findCoordinator(in, reply);
      case INIT_PRODUCER_ID -> transactions.initProducerId(broker, in, reply);
      case ADD_PARTITIONS_TO_TXN -> transactions.addPartitions(broker, in, reply);
      case END_TXN -> transactions.endTransaction(broker, in, reply);
      case WRITE_TXN_MARKERS -> transactions.writeMarkers(broker, in, reply);
      default -> throw new IllegalArgumentException("the model does not speak API " + api);
    }
  }

  Broker broker(int id) {
    return brokers.get(id);
  }

  List<Broker> brokers() {
    return brokers;
  }

  /** Whether any broker is alive. */
  public boolean isReachable() {
    return dead.size() < brokers.size();
  }

  public boolean isAlive(int broker) {
    return !dead.contains(broker);
  }

  /** The broker that coordinates transactions. */
  public int coordinator() {
    return coordinatorBroker;
  }

  boolean mayWriteMarkers() {
    return markersAllowed;
  }

  /** Sets whether clients have the permission for WriteTxnMarkers. */
  public void mayWriteMarkers(boolean allowed) {
    markersAllowed = allowed;
  }

  /** Sets the first epoch of new transactional ids. */
  public void firstEpoch(Function<String, Short> byId) {
    coordinator.firstEpoch(byId);
  }

  /** Uses up the epochs of all transactional ids: each gets another producer id next. */
  public void useUpEpochs() {
    coordinator.useUpEpochs();
  }

  /** Delays everything that is sent from now on over the existing connections. */
  public void delayConnections(long nanos) {
    connections.forEach(connection -> connection.delay(nanos));
  }

  /** The state of the coordinator, for traces. */
  public List<String> transactions() {
    return coordinator.describe();
  }

  /** For how long a broker is frozen from now on; 0 if it isn't. */
  long frozenNanos(int broker) {
    return Math.max(0, frozenUntil.getOrDefault(broker, 0L) - world.agenda().now());
  }

  /** For how long the next Produce or Fetch answer throttles its connection. */
  int throttleMs(int broker) {
    Throttle throttle = throttles.get(broker);
    return throttle == null ? 0 : throttle.millis();
  }

  /** Counts an answer that throttled. */
  void throttled(int broker) {
    throttles.computeIfPresent(
        broker,
        (id, one) -> one.answers() > 1 ? new Throttle(one.millis(), one.answers() - 1) : null);
  }

  void opened(ModelConnection connection) {
    connections.add(connection);
  }

  void closed(ModelConnection connection) {
    connections.remove(connection);
  }

  // Faults.

  /**
   * Kills a broker. Others lead its partitions after a while.
   *
   * @param unclean whether acknowledged records are lost that only this broker had
   */
  public void kill(int broker, boolean unclean) {
    dead.add(broker);
    breakConnectionsTo(broker);
    for (ModelPartition partition : partitions()) {
      if (partition.leader() == broker) {
        long cut = cut(partition, unclean);
        partition.elect(ModelPartition.NO_LEADER, cut);
        long nanos = world.times().draw(world.random(), 2 * world.times().metadata());
        world.agenda().after(nanos, () -> electIfNeeded(partition));
      }
    }
    if (coordinatorBroker == broker) {
      moveCoordinator();
    }
  }

  private void electIfNeeded(ModelPartition partition) {
    List<Integer> alive = alive();
    if (partition.leader() == ModelPartition.NO_LEADER && !alive.isEmpty()) {
      partition.elect(elections.next(partition, alive), partition.end());
    }
  }

  private List<Integer> alive() {
    return brokers.stream().map(Broker::id).filter(this::isAlive).toList();
  }

  /**
   * The offset at which the next leader's log may end: at the end of a batch, at or above the high
   * watermark unless unclean.
   */
  private long cut(ModelPartition partition, boolean unclean) {
    long least = unclean ? partition.start() : partition.committed();
    List<Long> ends = new ArrayList<>();
    ends.add(partition.end());
    for (ModelBatch batch : partition.log()) {
      if (batch.baseOffset() >= least) {
        ends.add(batch.baseOffset());
      }
    }
    int last = Math.max(0, ends.size() - 4); // a tail, not everything
    return ends.get(ends.size() == 1 ? 0 : last + world.random().nextInt(ends.size() - last));
  }

  /** Starts a dead broker again, with the state that it can load. */
  public void revive(int broker) {
    dead.remove(broker);
    for (ModelPartition partition : partitions()) {
      electIfNeeded(partition);
    }
    if (!isAlive(coordinatorBroker)) {
      moveCoordinator();
    }
  }

  /** Restarts a broker cleanly: it loads producer state from snapshots. */
  public void restart(int broker) {
    breakConnectionsTo(broker);
    for (ModelPartition partition : partitions()) {
      if (partition.leader() == broker) {
        partition.elect(broker, partition.end());
        partition.reload();
      }
    }
  }

  /** Elects another leader for a partition. */
  public void moveLeader(ModelPartition partition, boolean unclean) {
    List<Integer> alive = alive();
    if (!alive.isEmpty() && partition.leader() != ModelPartition.NO_LEADER) {
      long cut = cut(partition, unclean);
      if (cut < partition.committed()) {
        elections.loses(partition);
      }
      partition.elect(elections.next(partition, alive), cut);
    }
  }

  private void breakConnectionsTo(int broker) {
    for (ModelConnection connection : List.copyOf(connections)) {
      if (connection.broker() == broker) {
        connection.broken(true);
      }
    }
  }

  /** Elects a former leader of a partition again, with the present log. */
  public void leadAgain(ModelPartition partition, int broker) {
    if (isAlive(broker) && partition.leader() != ModelPartition.NO_LEADER) {
      partition.elect(broker, partition.end());
    }
  }

  /** Moves the transaction coordinator to another broker. */
  public void moveCoordinator() {
    List<Integer> alive = alive();
    if (!alive.isEmpty()) {
      coordinatorBroker = alive.get(world.random().nextInt(alive.size()));
      coordinator.move(world.times().draw(world.random(), 10 * world.times().coordinator()));
    }
  }

  /** Freezes a broker for a while. */
  public void freeze(int broker, long nanos) {
    frozenUntil.put(broker, world.agenda().now() + nanos);
  }

  /** Lets the next answers of a broker throttle their connections for so long. */
  public void throttle(int broker, int millis, int answers) {
    throttles.put(broker, new Throttle(millis, answers));
  }

  /**
   * Loses acknowledged records at the end of a partition: another broker leads it that had
   * replicated less, or, where no other broker is alive, the same one after it started from what it
   * had flushed.
   *
   * @param batches how many batches are left at most
   * @return how many offsets it has lost
   */
  public long loseTail(ModelPartition partition, int batches) {
    List<Integer> alive = alive();
    if (alive.isEmpty() || partition.leader() == ModelPartition.NO_LEADER) {
      return 0;
    }
    long before = partition.end();
    boolean all = batches >= partition.log().size();
    long cut = all ? before : partition.log().get(batches).baseOffset();
    elections.loses(partition);
    partition.elect(elections.next(partition, alive), cut);
    return before - partition.end();
  }

  /** Breaks a random connection, if there is one. */
  public void breakConnection() {
    if (!connections.isEmpty()) {
      List<ModelConnection> all = List.copyOf(connections);
      all.get(world.random().nextInt(all.size())).broken(false);
    }
  }

  /** Cleans the first batches of a compacted partition's log. */
  public void clean(ModelPartition partition, int batches) {
    partition.clean(batches, new ModelCleaner());
  }

  /** Ends all faults, and completes what is in flight. */
  public void heal() {
    world.times(world.times().steady());
    List.copyOf(dead).forEach(this::revive);
    frozenUntil.clear();
    throttles.clear();
    delayConnections(0);
    for (ModelPartition partition : partitions()) {
      partition.enoughReplicas(true);
      partition.replicating(true);
    }
  }
}
