package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a link's progress, offset map and description in the topic {@code twinlog.<link>.state} of
 * the target cluster, each save a small transaction of the link's one owner.
 *
 * <p>Confined to the link's control thread; the saving is done by a thread of its own, which lives
 * from the first save to {@link #close()}.
 */
public final class StateTopicStore implements OffsetMapStore, LinkRegistry, NotedStore {
  private static final Logger log = LoggerFactory.getLogger(StateTopicStore.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final PluginContext context;
  private final LazyAdmin admin;
  private final StateTopic topic;
  private final OwnerProducer owner;
  private Optional<LinkDescription> registered = Optional.empty();
  private List<MapChunk> chunks = List.of();
  private List<String> notes = List.of();
  private @Nullable ExecutorService saver;
  private boolean closed;

  /**
   * The store of the link that {@code context} names.
   *
   * @param target the target cluster; the store uses admin clients of its own
   */
  public StateTopicStore(LazyAdmin target, PluginContext context) {
    this.context = context;
    this.admin = new LazyAdmin(target.settings());
    this.topic = new StateTopic(admin, StateTopic.nameOf(context.link()));
    this.owner = new OwnerProducer(admin, context.link(), topic, context.clock());
  }

  @Override
  public Map<SourcePartition, Progress> load() {
    topic.ensure();
    StateContents contents = owner.takeOver();
    registered = contents.link();
    notes = contents.ignored().notes();
    for (String note : notes) {
      log.warn("topic {} on {}: {}", topic.name(), admin.errors().alias(), note);
    }
    chunks = contents.takeMapChunks();
    return contents.progress();
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    return commit(changed.stream().map(one -> StateRecords.progress(topic.name(), one)).toList());
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    changed.forEach(one -> records.add(StateRecords.progress(topic.name(), one)));
    chunks.forEach(one -> records.add(StateRecords.mapChunk(topic.name(), one)));
    return commit(records);
  }

  @Override
  public Collection<MapChunk> takeChunks() {
    List<MapChunk> found = chunks;
    chunks = List.of();
    return found;
  }

  @Override
  public Map<String, List<String>> notes() {
    return notes.isEmpty() ? Map.of() : Map.of(topic.name(), notes);
  }

  @Override
  public Optional<LinkDescription> registered() {
    return registered;
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    return commit(List.of(StateRecords.link(topic.name(), description)));
  }

  private CompletionStage<Void> commit(List<ProducerRecord<byte[], byte[]>> records) {
    if (closed) {
      return CompletableFuture.failedFuture(storeClosed());
    }
    ExecutorService thread = saver;
    if (thread == null) {
      thread = Executors.newSingleThreadExecutor(context.threads("state"));
      saver = thread;
    }
    CompletableFuture<Void> stage = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            owner.commit(records);
            stage.complete(null);
          } catch (RuntimeException e) {
            stage.completeExceptionally(e);
          }
        });
    return stage;
  }

  private RetriableException storeClosed() {
    return new RetriableException("the state store of link " + context.link() + " is closed");
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    ExecutorService thread = saver;
    if (thread != null) {
      thread.shutdown();
      if (!ends(thread)) {
        // a save that waits for the cluster ends when its producer is closed
        owner.close(Duration.ZERO);
        admin.closeForGood();
        if (!ends(thread)) {
          thread.shutdownNow();
        }
      }
    }
    owner.close(CLOSE_TIMEOUT);
    admin.closeForGood();
  }

  private static boolean ends(ExecutorService thread) {
    try {
      return thread.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
