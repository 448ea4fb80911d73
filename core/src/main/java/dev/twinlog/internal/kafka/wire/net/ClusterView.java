package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.Metadata;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who leads which partition, as the brokers tell. Asked when a followed topic is new, when somebody
 * doubts a leader ({@link #refresh()}), and when the knowledge is older than {@code
 * metadata.max.age.ms}. And each time that a connection is lost or does not come about: a cluster
 * takes seconds to notice that a broker is dead, and names it as a leader until then.
 *
 * <p>An answer of a broker that is behind does not undo newer knowledge: of two leaders of the same
 * topic id the one with the greater epoch stays.
 *
 * <p>An answer that bears another cluster's id is discarded: brokers come and go, and the address
 * of one may belong to another cluster next. Its connection is closed, the broker is forgotten, and
 * the addresses of {@code bootstrap.servers} are asked. Only when all of these that answer say the
 * same other id has the cluster itself been replaced: topics are told apart by their own ids, and
 * what that means for a link is for the engine to say.
 *
 * <p>Where no member that was told can be reached, members and {@code bootstrap.servers} take turns
 * (as in KIP-1102): a long list of members that have gone must not keep the ones waiting that a
 * user names.
 *
 * <p>Confined to the thread that polls the connections.
 */
public final class ClusterView {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);

  private final Connections connections;
  private final NetSettings settings;
  private final Set<String> followed = new TreeSet<>();
  private final Map<Integer, Broker> brokers = new HashMap<>();
  private final Map<String, Known> topics = new HashMap<>();
  private boolean asking;
  private boolean urgent = true;
  private boolean doubted;
  private long losses;
  private long lastAsked;
  private long pauseNanos;
  private long version;
  private long questions;
  private long answers;
  private @Nullable String clusterId;

  /** Addresses of {@code bootstrap.servers} that answer for another cluster, and what it is. */
  private final Map<Broker, String> foreign = new HashMap<>();

  private @Nullable String trouble;
  private boolean bootstrapNext;

  /** A topic as it was last told. */
  private record Known(Uuid id, short error, Map<Integer, Metadata.Partition> partitions) {}

  public ClusterView(Connections connections, NetSettings settings) {
    this.connections = connections;
    this.settings = settings;
    this.lastAsked = System.nanoTime();
    this.pauseNanos = settings.retryNanos();
  }

  /** Topics whose leaders are wanted. */
  public void follow(Collection<String> names) {
    boolean known = true;
    for (String name : names) {
      followed.add(name);
      known &= topics.containsKey(name);
    }
    urgent |= !known;
  }

  /** Topics whose leaders are no longer wanted. */
  public void forget(Collection<String> names) {
    followed.removeAll(names);
    topics.keySet().removeAll(names);
  }

  /** Somebody found a leader wrong, or missing: ask again soon. */
  public void refresh() {
    doubted = true;
  }

  /** The cluster's id; null until it was told. */
  @Nullable String clusterId() {
    return clusterId;
  }

  /** Grows with every answer, so that a caller sees whether there is anything new. */
  public long version() {
    return version;
  }

  /** How many questions were asked so far. */
  public long questions() {
    return questions;
  }

  /** The number of the last question that was answered. */
  public long answers() {
    return answers;
  }

  /** The leader of a partition, if one is known. */
  public Optional<Leader> leader(TopicPartition partition) {
    Known topic = topics.get(partition.topic());
    Metadata.Partition told = topic == null ? null : topic.partitions().get(partition.partition());
    Broker broker = told == null ? null : brokers.get(told.leader());
    return topic == null || told == null || broker == null
        ? Optional.empty()
        : Optional.of(new Leader(broker, told.leaderEpoch(), topic.id()));
  }

  /** How many partitions a topic has; 0 if that is not known. */
  public int partitions(String topic) {
    Known known = topics.get(topic);
    return known == null ? 0 : known.partitions().size();
  }

  /** The id of a topic, if it is known. */
  public Optional<Uuid> topicId(String topic) {
    Known known = topics.get(topic);
    return known == null || known.error() != 0 ? Optional.empty() : Optional.of(known.id());
  }

  /**
   * Why there is nothing to know about a topic: it doesn't exist, or may not be seen. Empty while
   * it was not asked about.
   */
  public Optional<ApiException> error(String topic) {
    Known known = topics.get(topic);
    return known == null || known.error() == 0
        ? Optional.empty()
        : Optional.of(Errors.forCode(known.error()).exception());
  }

  /**
   * A broker that can be asked something that any broker can answer, if one is ready now: if
   * possible one that has nothing to answer. Behind a fetch that waits for records, the question
   * would wait as long.
   */
  public Optional<Broker> anyReady() {
    List<Broker> candidates = new ArrayList<>(brokers.values());
    Collections.shuffle(candidates);
    List<Broker> bootstrap = new ArrayList<>(settings.bootstrap());
    bootstrap.removeAll(foreign.keySet());
    candidates.addAll(bootstrapNext ? 0 : candidates.size(), bootstrap);
    Optional<Broker> ready =
        candidates.stream()
            .filter(connections::isReady)
            .min(Comparator.comparingInt(connections::inFlight));
    if (ready.isEmpty()) {
      reach(candidates);
    } else if (connections.inFlight(ready.get()) > 0) {
      reach(bootstrap);
    }
    return ready;
  }

  /** Begins to connect to the next one, unless there is one that may be ready soon. */
  private void reach(Collection<Broker> candidates) {
    if (candidates.stream().noneMatch(connections::isPromising)) {
      candidates.stream()
          .filter(connections::mayConnect)
          .findFirst()
          .ifPresent(
              next -> {
                bootstrapNext = next.isMember();
                var unused = connections.ready(next);
              });
    }
  }

  /**
   * Asks, if it is time to. Called before every poll of the connections.
   *
   * @throws org.apache.kafka.common.errors.UnsupportedVersionException if the brokers are too old
   */
  public void step() {
    if (connections.losses() != losses) {
      losses = connections.losses();
      doubted = true;
    }
    if (!asking && nanosUntilDue() <= 0) {
      anyReady().ifPresent(this::ask);
    }
  }

  /** How long until {@link #step()} has something to do, unless a connection is all it lacks. */
  public long nanosToNext() {
    long nanos = nanosUntilDue();
    return asking || nanos <= 0 ? Long.MAX_VALUE : nanos;
  }

  private long nanosUntilDue() {
    if (urgent) {
      return 0;
    }
    long age = System.nanoTime() - lastAsked;
    return (doubted ? pauseNanos : settings.metadataNanos()) - age;
  }

  private void ask(Broker broker) {
    short spoken = connections.version(broker, Api.METADATA);
    asking = true;
    questions++;
    urgent = false;
    doubted = false;
    lastAsked = System.nanoTime();
    connections.send(
        broker,
        new Request(Api.METADATA, spoken, Metadata.request(followed), new ResponseHandler(broker)));
  }

  private void take(Metadata told) {
    version++;
    brokers.clear();
    told.brokers().forEach(b -> brokers.put(b.id(), new Broker(b.id(), b.host(), b.port())));
    boolean complete = !brokers.isEmpty();
    for (Metadata.Topic topic : told.topics()) {
      if (followed.contains(topic.name())) {
        complete &= take(topic);
      }
    }
    // what is missing (a topic that is being created, a leader that is being elected) may come soon
    doubted |= !complete;
    pauseNanos =
        complete
            ? settings.retryNanos()
            : Math.min(2 * pauseNanos, Math.max(settings.retryNanos(), settings.retryMaxNanos()));
  }

  /** Returns whether all its leaders are known. */
  private boolean take(Metadata.Topic told) {
    Known before = topics.get(told.name());
    Map<Integer, Metadata.Partition> partitions = new HashMap<>();
    boolean complete = told.error() == 0;
    for (Metadata.Partition partition : told.partitions()) {
      Metadata.Partition newest = newer(before, told.id(), partition);
      partitions.put(partition.index(), newest);
      complete &= brokers.containsKey(newest.leader());
    }
    topics.put(told.name(), new Known(told.id(), told.error(), partitions));
    return complete;
  }

  private static Metadata.Partition newer(
      @Nullable Known before, Uuid id, Metadata.Partition told) {
    Metadata.Partition known =
        before == null || !before.id().equals(id) ? null : before.partitions().get(told.index());
    return known != null && known.leaderEpoch() > told.leaderEpoch() ? known : told;
  }

  private final class ResponseHandler implements Request.Answer {
    private final Broker broker;

    ResponseHandler(Broker broker) {
      this.broker = broker;
    }

    @Override
    public void answered(Received received) {
      asking = false;
      answers = questions;
      Metadata told = Metadata.read(new MessageReader(received.payload()));
      connections.throttle(broker, told.throttleMs());
      if (isOurs(told)) {
        take(told);
      } else {
        discard(told.clusterId());
      }
    }

    /** The first answer says which cluster it is. */
    private boolean isOurs(Metadata told) {
      String known = clusterId;
      if (known == null || told.clusterId().isEmpty()) {
        clusterId = told.clusterId().isEmpty() ? known : told.clusterId();
      } else if (!known.equals(told.clusterId())) {
        return false;
      }
      foreign.clear();
      trouble = null;
      return true;
    }

    private void discard(String other) {
      String why =
          "%s belongs to cluster %s, not to cluster %s: its answer is discarded"
              .formatted(broker, other, clusterId);
      if (!why.equals(trouble)) {
        LOG.warn("{}", why);
      }
      trouble = why;
      urgent = true;
      bootstrapNext = true;
      if (broker.isMember()) {
        brokers.remove(broker.id());
        version++;
      } else {
        foreign.put(broker, other);
        if (foreign.keySet().containsAll(settings.bootstrap())) {
          LOG.warn(
              "all of bootstrap.servers belong to cluster {} now, and no longer to cluster {}",
              other,
              clusterId);
          clusterId = other;
          foreign.clear();
        }
      }
      connections.disconnect(broker, why);
    }

    @Override
    public void lost(KafkaException cause) {
      asking = false;
      urgent = true; // of another broker
    }
  }
}
