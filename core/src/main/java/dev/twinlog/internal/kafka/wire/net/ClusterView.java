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
 * Keeps the leaders of partitions from metadata responses. Requests metadata when a followed topic
 * is new, when a caller found a leader outdated ({@link #refresh()}), when the metadata is older
 * than {@code metadata.max.age.ms}, and each time that a connection is lost or can't be
 * established: a cluster takes seconds to notice that a broker is dead, and names it as a leader
 * until then.
 *
 * <p>A response with outdated metadata doesn't replace newer metadata: of two leaders of the same
 * topic id the one with the greater leader epoch stays.
 *
 * <p>A response with another cluster's id is discarded: a broker may be removed, and its address
 * may belong to another cluster later. Its connection is closed, the broker is forgotten, and
 * metadata is requested from the addresses of {@code bootstrap.servers}. Only when all of them have
 * returned another cluster's id is the cluster itself taken to be replaced: topics are
 * distinguished by their own ids, and the engine decides what that means for a link.
 *
 * <p>If no known broker can be reached, brokers and {@code bootstrap.servers} are tried in turn (as
 * in KIP-1102), so that a long list of removed brokers doesn't delay the addresses that the user
 * configured.
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
  private boolean refreshWanted;
  private long losses;
  private long lastAsked;
  private long pauseNanos;
  private long version;
  private long questions;
  private long answers;
  private @Nullable String clusterId;

  /** Addresses of {@code bootstrap.servers} that belong to another cluster, with its id. */
  private final Map<Broker, String> foreign = new HashMap<>();

  private @Nullable String trouble;
  private boolean bootstrapNext;

  /** A topic as of the last response. */
  private record Known(Uuid id, short error, Map<Integer, Metadata.Partition> partitions) {}

  public ClusterView(Connections connections, NetSettings settings) {
    this.connections = connections;
    this.settings = settings;
    this.lastAsked = System.nanoTime();
    this.pauseNanos = settings.retryNanos();
  }

  /** Begins to look up the leaders of topics. */
  public void follow(Collection<String> names) {
    boolean known = true;
    for (String name : names) {
      followed.add(name);
      known &= topics.containsKey(name);
    }
    urgent |= !known;
  }

  /** Stops looking up the leaders of topics and forgets them. */
  public void forget(Collection<String> names) {
    followed.removeAll(names);
    topics.keySet().removeAll(names);
  }

  /** Requests metadata again soon, because a leader was found to be outdated or missing. */
  public void refresh() {
    refreshWanted = true;
  }

  /** The cluster's id; null until a response contained it. */
  @Nullable String clusterId() {
    return clusterId;
  }

  /** Grows with every response, so that a caller sees whether there may be new leaders. */
  public long version() {
    return version;
  }

  /** How many metadata requests were sent so far. */
  public long questions() {
    return questions;
  }

  /** The number of the last metadata request that got a response. */
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

  /** How many partitions a topic has; 0 if unknown. */
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
   * The error of a topic that doesn't exist or may not be described. Empty until there was a
   * response about it.
   */
  public Optional<ApiException> error(String topic) {
    Known known = topics.get(topic);
    return known == null || known.error() == 0
        ? Optional.empty()
        : Optional.of(Errors.forCode(known.error()).exception());
  }

  /**
   * A broker for a request that any broker can answer, if one is ready now: if possible one without
   * requests in flight, since behind a fetch that waits for records the request would wait as long.
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

  /** Begins to connect to the next candidate, unless one may be ready soon. */
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
   * Requests metadata, if that is due. Called before every poll of the connections.
   *
   * @throws org.apache.kafka.common.errors.UnsupportedVersionException if the brokers are too old
   */
  public void step() {
    if (connections.losses() != losses) {
      losses = connections.losses();
      refreshWanted = true;
    }
    if (!asking && nanosUntilDue() <= 0) {
      anyReady().ifPresent(this::ask);
    }
  }

  /** How long until {@link #step()} has something to do, unless it only waits for a connection. */
  public long nanosToNext() {
    long nanos = nanosUntilDue();
    return asking || nanos <= 0 ? Long.MAX_VALUE : nanos;
  }

  private long nanosUntilDue() {
    if (urgent) {
      return 0;
    }
    long age = System.nanoTime() - lastAsked;
    return (refreshWanted ? pauseNanos : settings.metadataNanos()) - age;
  }

  private void ask(Broker broker) {
    short spoken = connections.version(broker, Api.METADATA);
    asking = true;
    questions++;
    urgent = false;
    refreshWanted = false;
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
    // a topic that is being created or a leader that is being elected may be there soon
    refreshWanted |= !complete;
    pauseNanos =
        complete
            ? settings.retryNanos()
            : Math.min(2 * pauseNanos, Math.max(settings.retryNanos(), settings.retryMaxNanos()));
  }

  /** Returns whether all leaders of the topic are known. */
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

  private final class ResponseHandler implements Request.ResponseHandler {
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
      if (isSameCluster(told)) {
        take(told);
      } else {
        discard(told.clusterId());
      }
    }

    /** The first response determines the cluster id. */
    private boolean isSameCluster(Metadata told) {
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
          "%s belongs to cluster %s, not to cluster %s: its metadata response is discarded"
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
      urgent = true; // from another broker
    }
  }
}
