package dev.twinlog.internal.engine.move;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MoveHeader;
import dev.twinlog.internal.progress.ReverseEntries;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.internal.progress.Seam;
import dev.twinlog.internal.progress.Seam.Contact;
import dev.twinlog.internal.progress.SeedHeader;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.NamedCluster;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableLogs;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.TopicConfigs;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicLogs;
import dev.twinlog.spi.TopicSink;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A link that was moved, between two clusters in memory: partition 0 of {@code orders} has ten
 * records in both, and twenty offsets in the target, of which the last is that of a marker.
 */
class ReverseCase {
  static final String LINK = "dr";
  static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  static final long CUT = 10;
  static final long SEAM = 20;
  static final MoveHeader MOVE = new MoveHeader(UUID.randomUUID(), "failover", "anna", 1, 2);

  final Cluster source = new Cluster("us-east");
  final Cluster target = new Cluster("eu-west");
  final State link = target.state(LINK);
  final Copier copier = new Copier();

  ReverseCase() {
    source.append(ORDERS, "0123456789");
    target.append(ORDERS, "0123456789");
    target.ends.put(ORDERS, SEAM);
    target.links.add(
        new LinkDescription(LINK, source.name, target.name, Map.of("orders", "orders")));
    progress(new Route(ORDERS, ORDERS), CUT, SEAM);
    save(MoveEntries.of(MOVE));
    seam(ORDERS, seamAt(CUT, SEAM));
  }

  static Seam seamAt(long cut, long targetSeam) {
    return new Seam(true, "", cut, Map.of(ORDERS, targetSeam), Map.of(), new Contact(cut, 1, 1));
  }

  final void progress(Route route, long next, long targetNext) {
    progress(route.source(), next, "transform=none;mapper=identity", List.of(route), targetNext);
  }

  final void progress(
      TopicPartition from, long next, String stages, List<Route> routes, long targetNext) {
    SourcePartition partition = new SourcePartition(from, source.id(from.topic()));
    List<RouteProgress> written =
        routes.stream()
            .map(route -> new RouteProgress(route, next, targetNext, new byte[0]))
            .toList();
    link.progress.put(partition, new Progress(partition, next, true, stages, written));
  }

  final void seam(TopicPartition partition, Seam seam) {
    save(MoveEntries.of(partition, seam));
  }

  final void save(StoredEntry entry) {
    link.save(entry);
  }

  /** A link of this name writes into the old source. */
  final State opposite(String name) {
    State state = source.state(name);
    SourcePartition partition = new SourcePartition(ORDERS, Optional.empty());
    state.progress.put(partition, new Progress(partition, 1, true, "", List.of()));
    return state;
  }

  static void seeded(State state, UUID move, long ended) {
    StoredEntry entry =
        ReverseEntries.of(new SeedHeader(UUID.randomUUID(), move, LINK, "ben", 1, ended));
    state.save(entry);
  }

  static void reversed(State state, String by) {
    for (StoredEntry entry :
        List.of(MoveEntries.of(MOVE), ReverseEntries.of(new Reversal(by, UUID.randomUUID(), 1)))) {
      state.save(entry);
    }
  }

  final Reverse.Parts parts() {
    return new Reverse.Parts(
        LINK,
        new Side(source, source),
        new Side(target, target),
        LinkTime.system(Clock.systemUTC()),
        copier);
  }

  final MovedLink moved() {
    return MovedLink.read(parts().target(), LINK);
  }

  /** What is stored of a link. Every instance of its store is the owner from its load on. */
  static final class State {
    final Map<SourcePartition, Progress> progress = new HashMap<>();
    final Map<String, StoredEntry> entries = new HashMap<>();
    final List<MapChunk> chunks = new ArrayList<>();
    int owners;

    /** Before which save another process takes the link over. */
    int takenOverBefore = Integer.MAX_VALUE;

    void save(StoredEntry entry) {
      if (entry.isRemoved()) {
        entries.remove(entry.key());
      } else {
        entries.put(entry.key(), entry);
      }
    }

    boolean isEmpty() {
      return progress.isEmpty() && entries.isEmpty();
    }
  }

  private static final class Store implements EntryStore, ReadableStore {
    private final State state;
    private int owner = -1;

    Store(State state) {
      this.state = state;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      owner = ++state.owners;
      return Map.copyOf(state.progress);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.failedStage(new AssertionError("no progress is saved"));
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return List.copyOf(state.entries.values());
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      if (--state.takenOverBefore == 0) {
        state.owners++;
      }
      if (owner != state.owners) {
        return CompletableFuture.failedStage(new FencedException("another process has the link"));
      }
      changed.forEach(state::save);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public boolean exists() {
      return !state.isEmpty();
    }

    @Override
    public Saved read() {
      return new Saved(state.progress, state.chunks, List.of(), state.entries.values());
    }

    @Override
    public void close() {}
  }

  /** A cluster that links read and write. */
  static final class Cluster
      implements ReadableLogs, StatefulSink, TopicSink, LinkedCluster, NamedCluster {
    final String name;
    final Map<TopicPartition, NavigableMap<Long, ReplicationRecord>> logs =
        new TreeMap<>((one, other) -> one.toString().compareTo(other.toString()));
    final Map<TopicPartition, Long> starts = new HashMap<>();
    final Map<TopicPartition, Long> ends = new HashMap<>();

    /** The ends that readers see where transactions are open. */
    final Map<TopicPartition, Long> stable = new HashMap<>();

    final Map<String, Uuid> ids = new HashMap<>();
    final List<LinkDescription> links = new ArrayList<>();
    private final Map<String, State> states = new HashMap<>();

    Cluster(String name) {
      this.name = name;
    }

    State state(String link) {
      return states.computeIfAbsent(link, any -> new State());
    }

    Optional<Uuid> id(String topic) {
      return Optional.of(ids.computeIfAbsent(topic, any -> Uuid.randomUuid()));
    }

    /** Appends a record for each of these characters. */
    void append(TopicPartition partition, String values) {
      NavigableMap<Long, ReplicationRecord> log =
          logs.computeIfAbsent(partition, any -> new TreeMap<>());
      for (int i = 0; i < values.length(); i++) {
        long offset = ends.merge(partition, 1L, Long::sum) - 1;
        byte[] bytes = values.substring(i, i + 1).getBytes(StandardCharsets.UTF_8);
        log.put(offset, ReplicationRecord.of(offset, 1, null, bytes, new RecordHeaders()));
      }
    }

    void delete(TopicPartition partition) {
      logs.remove(partition);
      ends.remove(partition);
    }

    @Override
    public String clusterId() {
      return name;
    }

    @Override
    public String alias() {
      return name;
    }

    @Override
    public List<LinkDescription> linksInto() {
      return links;
    }

    @Override
    public TopicLogs openLogs(Collection<String> topics) {
      return new Opened(this, Set.copyOf(topics));
    }

    @Override
    public ProgressStore openProgressStore(PluginContext context) {
      return new Store(state(context.link()));
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      throw new AssertionError("nothing is written");
    }

    @Override
    public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
      Map<String, TopicDescription> found = new HashMap<>();
      for (TopicPartition partition : logs.keySet()) {
        String topic = partition.topic();
        int count = (int) logs.keySet().stream().filter(it -> it.topic().equals(topic)).count();
        if (topics.contains(topic)) {
          found.put(topic, TopicDescription.of(topic, id(topic), count, 1, Map.of()));
        }
      }
      return found;
    }

    @Override
    public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
      throw new AssertionError("nothing is created");
    }

    @Override
    public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
      throw new AssertionError("nothing is grown");
    }

    @Override
    public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
      return offsets(partitions, starts);
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
      return offsets(partitions, ends);
    }

    private Map<TopicPartition, Long> offsets(
        Collection<TopicPartition> partitions, Map<TopicPartition, Long> which) {
      Map<TopicPartition, Long> found = new HashMap<>();
      for (TopicPartition partition : partitions) {
        if (logs.containsKey(partition)) {
          found.put(partition, which.getOrDefault(partition, 0L));
        }
      }
      return found;
    }
  }

  private record Opened(Cluster cluster, Set<String> topics) implements TopicLogs {
    @Override
    public String alias() {
      return cluster.name;
    }

    @Override
    public List<SourcePartition> partitions() {
      return cluster.logs.keySet().stream()
          .filter(partition -> topics.contains(partition.topic()))
          .map(partition -> new SourcePartition(partition, cluster.id(partition.topic())))
          .toList();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> wanted) {
      Map<TopicPartition, Long> found = new HashMap<>();
      wanted.forEach(
          (partition, position) -> {
            long end = cluster.ends.getOrDefault(partition, 0L);
            found.put(
                partition,
                position instanceof StartPosition.Earliest
                    ? cluster.starts.getOrDefault(partition, 0L)
                    : cluster.stable.getOrDefault(partition, end));
          });
      return found;
    }

    @Override
    public Map<String, TopicConfigs> describeConfigs(Collection<String> names) {
      Map<String, TopicConfigs> configs = new HashMap<>();
      names.forEach(name -> configs.put(name, TopicConfigs.of(Map.of(), Map.of())));
      return configs;
    }

    @Override
    public SourceReader openReader(long maxBytes) {
      return new Reader(cluster);
    }

    @Override
    public Map<Long, Optional<Route>> writtenBy(String link) {
      return Map.of();
    }

    @Override
    public void close() {}
  }

  /** Delivers each partition at once. */
  private static final class Reader implements SourceReader {
    private final Cluster cluster;
    private final Map<TopicPartition, Long> toRead = new HashMap<>();

    Reader(Cluster cluster) {
      this.cluster = cluster;
    }

    @Override
    public void assign(Map<TopicPartition, Long> positions) {
      toRead.putAll(positions);
    }

    @Override
    public void poll(Duration maxWait, Receiver out) {
      Map<TopicPartition, Long> now = Map.copyOf(toRead);
      toRead.clear();
      now.forEach(
          (partition, from) -> {
            List<ReplicationRecord> records =
                List.copyOf(
                    Objects.requireNonNull(cluster.logs.get(partition)).tailMap(from).values());
            if (!records.isEmpty()) {
              out.batch(ReplicationBatch.of(partition, records));
            }
            long end = Objects.requireNonNull(cluster.ends.get(partition));
            out.position(partition, end, end);
          });
    }

    @Override
    public void release(Set<TopicPartition> partitions) {
      toRead.keySet().removeAll(partitions);
    }

    @Override
    public void pause(Set<TopicPartition> partitions) {}

    @Override
    public void resume(Set<TopicPartition> partitions) {}

    @Override
    public void wakeup() {}

    @Override
    public void close() {}
  }

  /** Copies what it is told to. */
  static final class Copier implements Reverse.Resender {
    PartitionMapper mapper = PartitionMapper.identity();
    boolean transforms;
    Runnable copying = () -> {};
    final List<Set<String>> copied = new ArrayList<>();

    @Override
    public PartitionMapper mapper() {
      return mapper;
    }

    @Override
    public boolean transforms() {
      return transforms;
    }

    @Override
    public void copy(UUID move, Map<String, String> topics, LongConsumer told) {
      copied.add(Set.copyOf(topics.keySet()));
      copying.run();
    }
  }
}
