package dev.twinlog.testkit.simulator;

import dev.twinlog.spi.CleanCloseSink;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.LinkedCluster;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.StatefulSink;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.TopicCreation;
import dev.twinlog.spi.TopicDescription;
import dev.twinlog.spi.TopicSink;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;

/** The one link into a cluster: its state, with its description. */
final class LinksInto {
  private final String clusterId;
  private final OwnerTopic state;
  private Optional<LinkDescription> description;

  LinksInto(String clusterId, OwnerTopic state, Optional<LinkDescription> description) {
    this.clusterId = clusterId;
    this.state = state;
    this.description = description;
  }

  /** All that is stored, to compare it. */
  List<Object> stored() {
    return List.of(
        new HashMap<>(state.saved()), List.copyOf(state.chunks()), state.entries(), description);
  }

  OwnerTopic state() {
    return state;
  }

  List<LinkDescription> descriptions() {
    return description.stream().toList();
  }

  /**
   * A store of the link.
   *
   * @param parts changes it
   */
  OffsetMapStore open(int instance, UnaryOperator<OffsetMapStore> parts) {
    return new Described(parts.apply(state.openStore(instance, true, true)));
  }

  /**
   * A sink into this cluster, with the state of its link.
   *
   * @param parts changes the store
   */
  <S extends CleanCloseSink & TopicSink> CleanCloseSink sink(
      S sink, int instance, UnaryOperator<OffsetMapStore> parts) {
    return new Into<>(this, sink, instance, parts);
  }

  /** A source that reads this cluster. */
  TopicSource source(InMemorySource source) {
    return new From(this, source);
  }

  private final class Described implements OffsetMapStore, EntryStore, ReadableStore, LinkRegistry {
    private final OffsetMapStore store;

    Described(OffsetMapStore store) {
      this.store = store;
    }

    @Override
    public Optional<LinkDescription> registered() {
      return description;
    }

    @Override
    public CompletionStage<Void> register(Optional<LinkDescription> now) {
      description = now;
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return store.load();
    }

    @Override
    public Collection<MapChunk> takeChunks() {
      return store.takeChunks();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return store.save(changed);
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
      return store.save(changed, chunks);
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return ((EntryStore) store).takeEntries();
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      return ((EntryStore) store).saveEntries(changed);
    }

    @Override
    public boolean exists() {
      return ((ReadableStore) store).exists();
    }

    @Override
    public Saved read() {
      return ((ReadableStore) store).read();
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private record From(LinksInto links, InMemorySource source)
      implements TopicSource, LinkedCluster {
    @Override
    public List<SourcePartition> partitions() {
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return source.resolve(starts);
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return source.openReader(context);
    }

    @Override
    public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
      return source.describeTopics(topics);
    }

    @Override
    public String clusterId() {
      return links.clusterId;
    }

    @Override
    public List<LinkDescription> linksInto() {
      return links.descriptions();
    }
  }

  private record Into<S extends CleanCloseSink & TopicSink>(
      LinksInto links, S sink, int instance, UnaryOperator<OffsetMapStore> parts)
      implements CleanCloseSink, TopicSink, StatefulSink, LinkedCluster {
    @Override
    public ProgressStore openProgressStore(PluginContext context) {
      return links.open(instance, parts);
    }

    @Override
    public String clusterId() {
      return links.clusterId;
    }

    @Override
    public List<LinkDescription> linksInto() {
      return links.descriptions();
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      return sink.openWriter(context);
    }

    @Override
    public CompletionStage<Map<Route, Recovery>> recover(
        Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
      return sink.recover(routes, clean);
    }

    @Override
    public Map<String, TopicDescription> describeTopics(Collection<String> topics) {
      return sink.describeTopics(topics);
    }

    @Override
    public Map<String, TopicCreation> createTopics(Collection<TopicDescription> wanted) {
      return sink.createTopics(wanted);
    }

    @Override
    public Map<String, Optional<ReplicationException>> growTopics(Map<String, Integer> partitions) {
      return sink.growTopics(partitions);
    }

    @Override
    public Map<TopicPartition, Long> startOffsets(Collection<TopicPartition> partitions) {
      return sink.startOffsets(partitions);
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
      return sink.endOffsets(partitions);
    }
  }
}
