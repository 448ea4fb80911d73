package dev.twinlog.internal.kafka.state;

import dev.twinlog.internal.control.CopyAgain;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.progress.ProducerOrigin;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RestorableMapStore;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a link's progress, offset map, description and writes to consumer groups in the topic
 * {@code twinlog.<link>.state} of the target cluster, each save in a small transaction of the
 * link's owner. What other links have to know is in {@link RegistryTopic} as well, written in the
 * same transactions.
 *
 * <p>Confined to the link's control thread, except {@link #register} and what concerns groups; a
 * separate thread saves, which lives from the first save to {@link #close()}.
 */
public final class StateTopicStore
    implements RestorableMapStore,
        LinkRegistry,
        NotedStore,
        AclLedgerStore,
        ConfigLedgerStore,
        GroupLedgerStore,
        EntryStore,
        ReadableStore {
  private static final Logger LOG = LoggerFactory.getLogger(StateTopicStore.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

  private final PluginContext context;
  private final LazyAdmin admin;
  private final StateTopic topic;
  private final OwnerProducer owner;
  private final RegistryTopic registry;
  private final Function<RouteProgress, Set<Long>> producerIds;
  private final Consumer<StateTopicStore> onOwned;
  private Optional<LinkDescription> registered = Optional.empty();
  private List<MapChunk> chunks = List.of();
  private Map<AclEntry, AclEntry> acls = Map.of();
  private Map<Resource, Map<String, String>> configs = Map.of();
  private volatile List<GroupChunk> groups = List.of();
  private volatile List<StoredEntry> entries = List.of();
  private List<String> notes = List.of();
  private final StateWatch watch;
  private final AtomicBoolean chunksLost = new AtomicBoolean();

  /** The saved state; confined to the saver thread, once there is one. */
  private final Current current = new Current();

  private boolean lost;
  private volatile @Nullable ExecutorService saver;
  private volatile boolean closed;

  /** Everything that is saved except the offset map. */
  private static final class Current {
    final Map<TopicPartition, Progress> progress = new HashMap<>();
    final Map<AclEntry, AclEntry> acls = new HashMap<>();
    final Map<Resource, Map<String, String>> configs = new HashMap<>();
    final GroupChunks groups = new GroupChunks();
    final Map<String, StoredEntry> entries = new HashMap<>();
    Optional<LinkDescription> link = Optional.empty();
  }

  /**
   * The store of the link that {@code context} names.
   *
   * @param target the target cluster; the store uses admin clients of its own
   * @param producerIds the producer ids that the progress of a route has
   */
  public StateTopicStore(
      LazyAdmin target, PluginContext context, Function<RouteProgress, Set<Long>> producerIds) {
    this(target, context, producerIds, store -> {});
  }

  /**
   * As the other constructor.
   *
   * @param onOwned receives this store when it takes the link over
   */
  public StateTopicStore(
      LazyAdmin target,
      PluginContext context,
      Function<RouteProgress, Set<Long>> producerIds,
      Consumer<StateTopicStore> onOwned) {
    this.onOwned = onOwned;
    this.context = context;
    this.admin = new LazyAdmin(target.settings());
    this.topic = new StateTopic(admin, StateTopic.nameOf(context.link()));
    this.watch = new StateWatch(admin, topic, "the link's state was written again");
    this.owner = new OwnerProducer(admin, context.link(), topic, context.clock());
    this.registry = new RegistryTopic(admin, context.link());
    this.producerIds = producerIds;
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
    onOwned.accept(this);
    watch.begin(created);
    refuseTrimmed(contents);
    owner.completeFrom(watch.start());
    registered = contents.link();
    chunks = contents.takeMapChunks();
    contents.progress().values().forEach(this::keep);
    current.link = registered;
    acls = contents.acls();
    current.acls.clear();
    current.acls.putAll(acls);
    configs = contents.configs();
    current.configs.clear();
    current.configs.putAll(configs);
    registry.link(registered);
    contents.progress().values().forEach(this::enterProducers);
    groups = contents.groups();
    current.groups.replaceAll(groups);
    entries = contents.entries();
    current.entries.clear();
    entries.forEach(entry -> current.entries.put(entry.key(), entry));
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
          changed.forEach(one -> records.add(StateRecords.progress(topic.address(), one)));
          changed.forEach(this::enterProducers);
          chunks.forEach(one -> records.add(StateRecords.mapChunk(topic.address(), one)));
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
  public Map<AclEntry, AclEntry> takeAcls() {
    Map<AclEntry, AclEntry> found = acls;
    acls = Map.of();
    return found;
  }

  @Override
  public CompletionStage<Void> saveAcls(Map<AclEntry, Optional<AclEntry>> changed) {
    return commit(
        () ->
            changed.forEach(
                (created, source) ->
                    source.ifPresentOrElse(
                        entry -> current.acls.put(created, entry),
                        () -> current.acls.remove(created))),
        () -> {
          List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
          changed.forEach(
              (created, source) -> records.add(StateRecords.acl(topic.address(), created, source)));
          return records;
        });
  }

  @Override
  public Map<Resource, Map<String, String>> takeConfigs() {
    Map<Resource, Map<String, String>> found = configs;
    configs = Map.of();
    return found;
  }

  @Override
  public CompletionStage<Void> saveConfigs(Map<Resource, Map<String, String>> changed) {
    return commit(
        () -> {
          current.configs.putAll(changed);
          current.configs.values().removeIf(Map::isEmpty);
        },
        () -> {
          List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
          changed.forEach(
              (resource, set) -> records.add(StateRecords.configs(topic.address(), resource, set)));
          return records;
        });
  }

  @Override
  public Map<String, List<String>> notes() {
    List<String> all = new ArrayList<>(notes);
    all.addAll(watch.notes());
    Map<String, List<String>> byTopic = new HashMap<>();
    byTopic.put(topic.name(), all);
    byTopic.put(registry.name(), registry.notes());
    byTopic.values().removeIf(List::isEmpty);
    return byTopic;
  }

  @Override
  public Optional<LinkDescription> registered() {
    return registered;
  }

  @Override
  public CompletionStage<Void> register(Optional<LinkDescription> description) {
    return commit(
        () -> current.link = description,
        () -> {
          registry.link(description);
          return List.of(StateRecords.link(topic.address(), description));
        });
  }

  @Override
  public Collection<GroupChunk> takeGroups() {
    List<GroupChunk> found = groups;
    groups = List.of();
    return found;
  }

  @Override
  public CompletionStage<Void> saveGroups(Collection<GroupChunk> changed) {
    return commit(
        () -> changed.forEach(current.groups::put),
        () -> changed.stream().map(one -> StateRecords.group(topic.address(), one)).toList());
  }

  @Override
  public Collection<StoredEntry> takeEntries() {
    List<StoredEntry> found = entries;
    entries = List.of();
    return found;
  }

  @Override
  public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
    return commit(
        () ->
            changed.forEach(
                entry -> {
                  if (entry.isRemoved()) {
                    current.entries.remove(entry.key());
                  } else {
                    current.entries.put(entry.key(), entry);
                  }
                }),
        () -> changed.stream().map(one -> StateRecords.entry(topic.address(), one)).toList());
  }

  @Override
  public boolean exists() {
    return topic.exists() && !topic.isEmpty();
  }

  @Override
  public Saved read() {
    StateContents contents = StoredLink.read(topic, admin);
    List<MapChunk> found = contents.takeMapChunks();
    return new Saved(contents.progress(), found, contents.groups(), contents.entries());
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
    ExecutorService thread = saver();
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

  /** Saves and registrations may come from several threads. */
  private synchronized ExecutorService saver() {
    ExecutorService thread = saver;
    if (thread == null) {
      thread = Executors.newSingleThreadExecutor(context.threads("state"));
      saver = thread;
    }
    return thread;
  }

  private void commitNow(Runnable keeping, Supplier<List<ProducerRecord<byte[], byte[]>>> records) {
    lost |= watch.isLost();
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>();
    if (lost) {
      owner.completeFrom(watch.start());
      all.add(owner.ownerRecord());
      current
          .progress
          .values()
          .forEach(one -> all.add(StateRecords.progress(topic.address(), one)));
      current.acls.forEach(
          (created, source) ->
              all.add(StateRecords.acl(topic.address(), created, Optional.of(source))));
      current.configs.forEach(
          (resource, set) -> all.add(StateRecords.configs(topic.address(), resource, set)));
      current.link.ifPresent(
          link -> all.add(StateRecords.link(topic.address(), Optional.of(link))));
      current.groups.all().forEach(one -> all.add(StateRecords.group(topic.address(), one)));
      current.entries.values().forEach(one -> all.add(StateRecords.entry(topic.address(), one)));
    }
    all.addAll(records.get());
    commitWithRegistry(all);
    keeping.run();
    if (lost) {
      chunksLost.set(true);
      lost = false;
    }
  }

  /** A registry that can't be written is left out, and written later. */
  private void commitWithRegistry(List<ProducerRecord<byte[], byte[]>> records) {
    List<ProducerRecord<byte[], byte[]>> unsaved = registry.unsaved();
    List<ProducerRecord<byte[], byte[]>> all = new ArrayList<>(records);
    all.addAll(unsaved);
    try {
      owner.commit(all);
    } catch (FencedException e) {
      throw e;
    } catch (ReplicationException e) {
      if (unsaved.isEmpty()) {
        throw e;
      }
      owner.replaceProducer(); // else it may try to write them for two minutes
      owner.commit(records);
      registry.suspend(e);
      return;
    }
    if (!unsaved.isEmpty()) {
      registry.saved();
    }
  }

  /**
   * Enters a producer id that serves many routes into the registry; completes when the registry was
   * written, or can't be, which does not stop the link. Any thread.
   */
  public CompletionStage<Void> enterProducer(long id) {
    return commit(
        () -> {},
        () -> {
          registry.producer(id, new ProducerOrigin(sourceCluster(), Optional.empty()));
          return List.of();
        });
  }

  private String sourceCluster() {
    return current.link.map(LinkDescription::sourceCluster).orElse("");
  }

  /** Enters the producer ids of a partition's routes into the registry, to be saved next. */
  private void enterProducers(Progress progress) {
    String cluster = sourceCluster();
    for (RouteProgress route : progress.routes()) {
      for (Long id : producerIds.apply(route)) {
        registry.producer(id, new ProducerOrigin(cluster, Optional.of(route.route())));
      }
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
