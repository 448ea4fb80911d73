package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.GroupSync;
import dev.twinlog.MoveProgress.Phase;
import dev.twinlog.PartitionState;
import dev.twinlog.SwitchoverOptions;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.GroupView;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LogEnds;
import dev.twinlog.spi.OffsetTranslator;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.StoredEntry;
import dev.twinlog.spi.WriteAck;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Switchovers of a link whose source and store are in memory, and which copies whenever it is not
 * held.
 */
abstract class SwitchoverCase {
  static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  static final SourcePartition PARTITION = new SourcePartition(ORDERS, Optional.empty());
  static final Route ROUTE = new Route(ORDERS, new TopicPartition("copies", 0));
  static final SwitchoverOptions QUICK =
      SwitchoverOptions.defaults()
          .quietFor(Duration.ofMillis(1))
          .timeout(Duration.ofSeconds(30))
          .fenceWriters(true)
          .actor("anna");

  final Brokers source = new Brokers();
  final Copy link = new Copy(source);
  final List<Phase> phases = new ArrayList<>();
  boolean copiesWriteAcls;

  SwitchoverParts.Mapping mapping =
      new SwitchoverParts.Mapping(topic -> "copies", targets -> "mapper=a/" + targets);

  /** The target. */
  Sink target() {
    return context -> new NoWriter();
  }

  /** A source of one partition, with ACLs. */
  static final class Brokers implements Source, LogEnds, AclStore {
    final Set<AclEntry> acls = new HashSet<>();
    long end = 100;
    Function<AclEntry, Optional<ReplicationException>> onDelete = entry -> Optional.empty();

    @Override
    public List<SourcePartition> partitions() {
      return List.of(PARTITION);
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return Map.of(ORDERS, end);
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      throw new AssertionError("a switchover reads no records");
    }

    @Override
    public Map<TopicPartition, Long> logEnds(Collection<TopicPartition> partitions) {
      return Map.of(ORDERS, end);
    }

    @Override
    public List<OpenTransaction> describeTransactions(Collection<TopicPartition> partitions) {
      return List.of();
    }

    @Override
    public Acls acls(Set<AclEntry.Kind> kinds) {
      return new Acls.Found(acls);
    }

    @Override
    public Optional<String> unalterable() {
      return Optional.empty();
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries) {
      acls.addAll(entries);
      Map<AclEntry, Optional<ReplicationException>> answers = new HashMap<>();
      entries.forEach(entry -> answers.put(entry, Optional.empty()));
      return answers;
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries) {
      Map<AclEntry, Optional<ReplicationException>> answers = new HashMap<>();
      for (AclEntry entry : entries) {
        answers.put(entry, onDelete.apply(entry));
        if (answers.get(entry).isEmpty()) {
          acls.remove(entry);
        }
      }
      return answers;
    }
  }

  /** The link, which copies whenever it is not held; and its store. */
  static final class Copy implements MovableLink, EntryStore, AclLedgerStore {
    private final Brokers source;
    final Map<String, StoredEntry> entries = new HashMap<>();

    /** The ACLs of the target that are the link's, each with that of the source. */
    final Map<AclEntry, AclEntry> created = new HashMap<>();

    boolean held;
    int holds;
    String moved = "";
    List<Progress> left = List.of();

    /** What the save of this number leads to; null if it succeeds. */
    Function<Integer, @Nullable RuntimeException> onSave = number -> null;

    boolean savedAlsoIfItFails;
    int saves;
    Optional<UUID> marked = Optional.empty();
    @Nullable ReplicationException markFailure;
    CompletionStage<Void> caughtUp = CompletableFuture.completedStage(null);

    Copy(Brokers source) {
      this.source = source;
    }

    ReadableStore.Saved saved() {
      Map<SourcePartition, Progress> all = new HashMap<>(Map.of(PARTITION, progress()));
      left.forEach(one -> all.put(one.source(), one));
      return new ReadableStore.Saved(all, List.of(), List.of(), entries.values());
    }

    private Progress progress() {
      RouteProgress route = new RouteProgress(ROUTE, source.end, source.end + 7, new byte[] {1});
      return new Progress(PARTITION, source.end, true, "mapper=a/1", List.of(route));
    }

    @Override
    public Map<TopicPartition, Condition> partitions() {
      return Map.of(ORDERS, new Condition(PartitionState.CAUGHT_UP, ""));
    }

    @Override
    public <T> CompletionStage<T> ask(Supplier<T> call) {
      return Asking.directly().ask(call);
    }

    @Override
    public <T> CompletionStage<T> askSyncs(Supplier<T> call) {
      return ask(call);
    }

    @Override
    public CompletionStage<Void> caughtUp() {
      return caughtUp;
    }

    @Override
    public CompletionStage<Held> hold(MoveScope scope) {
      held = true;
      holds++;
      return CompletableFuture.completedStage(
          new Held(scope.includes(ORDERS) ? List.of(progress()) : List.of(), left));
    }

    @Override
    public void release(MoveScope scope) {
      held = false;
    }

    @Override
    public boolean hasCopied(Map<TopicPartition, Long> ends) {
      return true;
    }

    @Override
    public CompletionStage<Void> moved(MoveScope scope, String reason) {
      moved = reason;
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Map<String, GroupView>> syncGroups() {
      return CompletableFuture.completedStage(Map.of());
    }

    @Override
    public boolean formerOwnersExpired() {
      return true;
    }

    @Override
    public CompletionStage<Boolean> markMoved(UUID move) {
      assertThat(MoveEntries.move(entries.values()).header())
          .as("it is moved before it is marked")
          .hasValueSatisfying(header -> assertThat(header.isDone()).isTrue());
      marked = Optional.of(move);
      return markFailure == null
          ? CompletableFuture.completedStage(true)
          : CompletableFuture.failedStage(markFailure);
    }

    @Override
    public Optional<AclLedgerStore> acls() {
      return Optional.of(this);
    }

    @Override
    public Map<AclEntry, AclEntry> takeAcls() {
      return created;
    }

    @Override
    public CompletionStage<Void> saveAcls(Map<AclEntry, Optional<AclEntry>> changed) {
      changed.forEach(
          (entry, of) -> {
            created.remove(entry);
            of.ifPresent(source -> created.put(entry, source));
          });
      return CompletableFuture.completedStage(null);
    }

    @Override
    public EntryStore entries() {
      return this;
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      RuntimeException failure = onSave.apply(saves++);
      if (failure != null && !savedAlsoIfItFails) {
        return CompletableFuture.failedStage(failure);
      }
      for (StoredEntry entry : changed) {
        if (entry.isRemoved()) {
          entries.remove(entry.key());
        } else {
          entries.put(entry.key(), entry);
        }
      }
      return failure == null
          ? CompletableFuture.completedStage(null)
          : CompletableFuture.failedStage(failure);
    }

    @Override
    public Collection<StoredEntry> takeEntries() {
      return List.copyOf(entries.values());
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return Map.of(PARTITION, progress());
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      return CompletableFuture.failedStage(new AssertionError("the link saves its progress"));
    }

    @Override
    public void close() {}
  }

  final SwitchoverReport run(SwitchoverOptions options) {
    SwitchoverOptions told = options.onProgress(progress -> phases.add(progress.phase()));
    return switchover(told).run(link, new CompletableFuture<>());
  }

  final Switchover switchover(SwitchoverOptions options) {
    return new Switchover(
        new SwitchoverParts(
            "x",
            source,
            SourceAbilities.of(source),
            SinkAbilities.of(target()),
            link::saved,
            mapping,
            OffsetTranslator.exact(),
            GroupSync.defaults(),
            copiesWriteAcls,
            true,
            options,
            LinkTime.system(Clock.systemUTC())),
        shown -> {});
  }

  static final class NoWriter implements SinkWriter {
    @Override
    public void open(Route route) {}

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return CompletableFuture.failedStage(new AssertionError("a switchover writes no records"));
    }

    @Override
    public void close() {}
  }
}
