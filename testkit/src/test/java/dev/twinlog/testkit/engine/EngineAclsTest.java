package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.AclSync;
import dev.twinlog.LinkState;
import dev.twinlog.Replicator;
import dev.twinlog.TopicSync;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.junit.CleanAfterEach;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests how a link keeps ACLs in step when what it creates can't be saved. */
@CleanAfterEach
final class EngineAclsTest {
  private static final AclEntry READ =
      new AclEntry(
          AclEntry.Kind.TOPIC,
          AclEntry.Pattern.LITERAL,
          "orders",
          "User:alice",
          "*",
          "READ",
          AclEntry.Permission.ALLOW);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final Entries sources = new Entries();
  private final Entries targets = new Entries();
  private final Ledger ledger = new Ledger();
  private @Nullable SteppedReplicator link;

  /** The ACLs of a cluster. */
  private static final class Entries implements AclStore {
    final Set<AclEntry> entries = new TreeSet<>();

    @Override
    public Acls acls(Set<AclEntry.Kind> kinds) {
      return new Acls.Found(Set.copyOf(entries));
    }

    @Override
    public Optional<String> unalterable() {
      return Optional.empty();
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> created) {
      entries.addAll(created);
      return succeeded(created);
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> deleted) {
      entries.removeAll(deleted);
      return succeeded(deleted);
    }

    private static Map<AclEntry, Optional<ReplicationException>> succeeded(
        Collection<AclEntry> changed) {
      Map<AclEntry, Optional<ReplicationException>> answers = new HashMap<>();
      changed.forEach(entry -> answers.put(entry, Optional.empty()));
      return answers;
    }
  }

  /** Remembers what was created, or fails. */
  private static final class Ledger implements AclLedgerStore {
    final Set<AclEntry> saved = new TreeSet<>();
    @Nullable ReplicationException failure;

    @Override
    public Map<AclEntry, AclEntry> takeAcls() {
      return Map.of();
    }

    @Override
    public CompletionStage<Void> saveAcls(Map<AclEntry, Optional<AclEntry>> changed) {
      if (failure != null) {
        return CompletableFuture.failedStage(failure);
      }
      saved.addAll(changed.keySet());
      return CompletableFuture.completedStage(null);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      throw new IllegalStateException("progress is kept by another store");
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      throw new IllegalStateException("progress is kept by another store");
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() {
    if (link != null) {
      link.close();
    }
  }

  /** A part that can also do what {@code ability} can, by its interfaces that the part lacks. */
  private static <T> T with(Class<T> type, T part, Object ability) {
    Set<Class<?>> all = new LinkedHashSet<>(List.of(part.getClass().getInterfaces()));
    all.addAll(List.of(ability.getClass().getInterfaces()));
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            all.toArray(new Class<?>[0]),
            (proxy, method, arguments) -> {
              try {
                return method.invoke(
                    method.getDeclaringClass().isInstance(part) ? part : ability, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private SteppedReplicator start() {
    east.createTopic("orders", 1);
    sources.entries.add(READ);
    Replicator.Builder builder =
        Replicator.builder()
            .link("east-to-west")
            .source(with(Source.class, InMemorySource.from(east), sources))
            .sink(with(Sink.class, InMemorySink.to(west), targets))
            .progressStore(
                with(ProgressStore.class, west.progress("east-to-west").openStore(), ledger))
            .topicSync(TopicSync.defaults().acls(AclSync.topics()))
            .clock(clock);
    SteppedReplicator started = SteppedReplicator.of(builder, clock, 42);
    link = started;
    started.start();
    started.advance(Duration.ofSeconds(11));
    return started;
  }

  @Test
  void whatIsCreated_isSavedBefore() {
    SteppedReplicator started = start();
    assertThat(targets.entries).containsExactly(READ);
    assertThat(ledger.saved).containsExactly(READ);
    assertThat(started.status().lastError()).isEmpty();
  }

  @Test
  @ExpectedLogs({"no answer", "ACL sync"})
  void aSaveThatFails_isTriedAgain_andNothingIsCreatedBefore() {
    ledger.failure = new RetriableException("no answer");
    SteppedReplicator started = start();
    assertThat(targets.entries).isEmpty();
    assertThat(started.status().state()).isEqualTo(LinkState.RUNNING);
    assertThat(started.status().lastError()).containsSame(ledger.failure);
    ledger.failure = null;
    started.advance(Duration.ofMinutes(5));
    assertThat(targets.entries).containsExactly(READ);
  }

  @Test
  @ExpectedLogs("another instance has taken the link over")
  void anotherOwner_whichASaveFinds_endsTheLink() {
    ledger.failure = new FencedException("another instance has taken the link over");
    SteppedReplicator started = start();
    assertThat(started.status().state()).isEqualTo(LinkState.FENCED);
    assertThat(targets.entries).isEmpty();
  }
}
