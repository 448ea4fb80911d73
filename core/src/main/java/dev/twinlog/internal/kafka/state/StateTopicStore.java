package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.RestorableMapStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a link's progress, offset map and description in the topic {@code twinlog.<link>.state} of
 * the target cluster, each save in a small transaction of the link's owner.
 *
 * <p>Confined to the link's control thread; a separate thread saves, which lives from the first
 * save to {@link #close()}.
 */
public final class StateTopicStore implements RestorableMapStore, LinkRegistry, NotedStore {
  private static final Logger LOG = LoggerFactory.getLogger(StateTopicStore.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final PluginContext context;
  private final LazyAdmin admin;
  private final StateTopic topic;
  private final OwnerProducer owner;
  private Optional<LinkDescription> registered = Optional.empty();
  private List<MapChunk> chunks = List.of();
  private List<String> notes = List.of();
  private final StateWatch watch;
  private final AtomicBoolean chunksLost = new AtomicBoolean();

  /** The saved state; confined to the saver thread, once there is one. */
  private final Current current = new Current();

  private boolean lost;
  private @Nullable ExecutorService saver;
  private boolean closed;

  /** Everything that is saved except the offset map. */
  private static final class Current {
    final Map<TopicPartition, Progress> progress = new HashMap<>();
    Optional<LinkDescription> link = Optional.empty();
  }

  /**
   * The store of the link that {@code context} names.
   *
   * @param target the target cluster; the store uses admin clients of its own
   */
  public StateTopicStore(LazyAdmin target, PluginContext context) {
    this.context = context;
    this.admin = new LazyAdmin(target.settings());
    this.topic = new StateTopic(admin, StateTopic.nameOf(context.link()));
    this.watch = new StateWatch(admin, topic, "the link's state was written again");
    this.owner = new OwnerProducer(admin, context.link(), topic, context.clock());
  }

  @Override
  public Map<SourcePartition, Progress> load() {
    boolean created = topic.ensure();
    if (created || topic.isEmpty()) {
      LostState.refuse(admin, context.link(), topic.name());
    }
    return takeOver(created);
  }

  /** As {@link #load}, for rebuilding a lost state. */
  Map<SourcePartition, Progress> loadLost() {
    boolean created = topic.ensure();
    owner.completeFrom(
        created ? 0 : topic.startOffset()); // nothing is saved yet, so it is complete
    return takeOver(created);
  }

  private Map<SourcePartition, Progress> takeOver(boolean created) {
    StateContents contents = owner.takeOver();
    watch.begin(created);
    refuseTrimmed(contents);
    owner.completeFrom(watch.start());
    registered = contents.link();
    chunks = contents.takeMapChunks();
    contents.progress().values().forEach(this::keep);
    current.link = registered;
    notes = contents.ignored().notes();
    for (String note : notes) {
      LOG.warn("topic {} on {}: {}", topic.name(), admin.errors().alias(), note);
    }
    return contents.progress();
  }

  private void refuseTrimmed(StateContents contents) {
    if (watch.start() > contents.completeFrom()) {
      throw new LinkFailedException(
          ("a part of the state of link %s is lost: topic %s on %s begins at offset %d, so records were"
                  + " deleted from it while the link was down. Delete the topic and rebuild the"
                  + " state from the two logs with KafkaLinks.rebuild; or, %s")
              .formatted(
                  context.link(),
                  topic.name(),
                  admin.errors().alias(),
                  watch.start(),
                  CopyAgain.ADVICE));
    }
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed) {
    return save(changed, List.of());
  }

  @Override
  public CompletionStage<Void> save(Collection<Progress> changed, Collection<MapChunk> chunks) {
    return commit(
        () -> changed.forEach(this::keep),
        () -> {
          List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
          changed.forEach(one -> records.add(StateRecords.progress(topic.name(), one)));
          chunks.forEach(one -> records.add(StateRecords.mapChunk(topic.name(), one)));
          return records;
        });
  }

  @Override
  public Collection<MapChunk> takeChunks() {
    List<MapChunk> found = chunks;
    chunks = List.of();
    return found;
  }

  @Override
  public Map<String, List<String>> notes() {
    List<String> all = new ArrayList<>(notes);
    all.addAll(watch.notes());
    return all.isEmpty() ? Map.of() : Map.of(topic.name(), all);
  }

  @Override
  public Optional<LinkDescription> registered() {
    return registered;
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    return commit(
        () -> current.link = description,
        () -> List.of(StateRecords.link(topic.name(), description)));
  }

  /**
   * Commits on the saver thread.
   *
   * @param keeping stores what was saved, so that it can be saved again after a loss
   */
  private CompletionStage<Void> commit(
      Runnable keeping, Supplier<List<ProducerRecord<byte[], byte[]>>> records) {
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
            commitNow(keeping, records);
            stage.complete(null);
          } catch (RuntimeException e) {
            watch.suspect();
            stage.completeExceptionally(e);
          }
        });
    return stage;
  }

  private void commitNow(Runnable keeping, Supplier<List<ProducerRecord<byte[], byte[]>>> records) {
    lost |= watch.isLost();
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    if (lost) {
      owner.completeFrom(watch.start());
      all.add(owner.ownerRecord());
      current.progress.values().forEach(one -> all.add(StateRecords.progress(topic.name(), one)));
      current.link.ifPresent(link -> all.add(StateRecords.link(topic.name(), Optional.of(link))));
    }
    all.addAll(records.get());
    owner.commit(all);
    keeping.run();
    if (lost) {
      chunksLost.set(true);
      lost = false;
    }
  }

  private void keep(Progress progress) {
    current.progress.put(progress.source().partition(), progress);
  }

  @Override
  public boolean takeChunksLost() {
    return chunksLost.getAndSet(false);
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
