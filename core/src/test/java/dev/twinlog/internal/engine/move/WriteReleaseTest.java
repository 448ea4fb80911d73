package dev.twinlog.internal.engine.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.move.WriteRelease.Released;
import dev.twinlog.internal.progress.HeldAcls;
import dev.twinlog.internal.progress.MoveEntries;
import dev.twinlog.internal.progress.MovedAcl;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.AclEntry.Permission;
import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.AclStore;
import dev.twinlog.spi.Acls;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.time.Clock;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what becomes of ACLs that are held back, with a store and a target in memory. */
final class WriteReleaseTest {
  private static final AclEntry ALICE = acl("User:alice", Permission.ALLOW);
  private static final AclEntry BOB = acl("User:bob", Permission.ALLOW);
  private static final AclEntry DENIED = acl("User:zoe", Permission.DENY);

  private final Store store = new Store();
  private final Target target = new Target();

  private static AclEntry acl(String principal, Permission permission) {
    return new AclEntry(
        AclEntry.Kind.TOPIC,
        AclEntry.Pattern.LITERAL,
        "orders",
        principal,
        "*",
        "WRITE",
        permission);
  }

  /** The state of a link. */
  private static final class Store implements EntryStore, AclLedgerStore {
    final Map<String, StoredEntry> entries = new HashMap<>();
    final Map<AclEntry, AclEntry> ledger = new HashMap<>();
    @Nullable ReplicationException failure;

    @Override
    public Collection<StoredEntry> takeEntries() {
      return List.copyOf(entries.values());
    }

    @Override
    public CompletionStage<Void> saveEntries(Collection<StoredEntry> changed) {
      if (failure != null) {
        return CompletableFuture.failedStage(failure);
      }
      for (StoredEntry entry : changed) {
        if (entry.isRemoved()) {
          entries.remove(entry.key());
        } else {
          entries.put(entry.key(), entry);
        }
      }
      return CompletableFuture.completedStage(null);
    }

    @Override
    public Map<AclEntry, AclEntry> takeAcls() {
      return Map.copyOf(ledger);
    }

    @Override
    public CompletionStage<Void> saveAcls(Map<AclEntry, Optional<AclEntry>> changed) {
      changed.forEach(
          (entry, from) ->
              from.ifPresentOrElse(one -> ledger.put(entry, one), () -> ledger.remove(entry)));
      return CompletableFuture.completedStage(null);
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return Map.of();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      throw new AssertionError("no progress is saved");
    }

    @Override
    public void close() {}
  }

  /** The ACLs of the target. */
  private static final class Target implements AclStore {
    final List<AclEntry> acls = new ArrayList<>();
    Optional<String> unalterable = Optional.empty();
    Function<AclEntry, Optional<ReplicationException>> answer = entry -> Optional.empty();

    @Override
    public Acls acls(Set<AclEntry.Kind> kinds) {
      return new Acls.Found(Set.copyOf(acls));
    }

    @Override
    public Optional<String> unalterable() {
      return unalterable;
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> createAcls(Collection<AclEntry> entries) {
      Map<AclEntry, Optional<ReplicationException>> answers = new HashMap<>();
      for (AclEntry entry : entries) {
        answers.put(entry, answer.apply(entry));
        if (answers.get(entry).isEmpty() && !acls.contains(entry)) {
          acls.add(entry);
        }
      }
      return answers;
    }

    @Override
    public Map<AclEntry, Optional<ReplicationException>> deleteAcls(Collection<AclEntry> entries) {
      throw new AssertionError("a release deletes nothing");
    }
  }

  private void hold(AclEntry... held) {
    Map<AclEntry, AclEntry> all = new HashMap<>();
    for (AclEntry entry : held) {
      all.put(entry, entry);
    }
    var unused = store.saveEntries(HeldAcls.replacing(Set.of(), all));
  }

  private Released run() {
    List<MovedAcl> acls = MoveEntries.move(store.takeEntries()).acls();
    return new WriteRelease(
            Optional.of(target),
            store,
            Optional.of(store),
            new Deadline(LinkTime.system(Clock.systemUTC()), Duration.ofSeconds(30)))
        .run(store.takeEntries(), acls, store.takeAcls().keySet());
  }

  private static MovedAcl inTarget(AclEntry entry) {
    return new MovedAcl(false, entry);
  }

  @Test
  void all_areCreated_denialsFirst_andRememberedAsTheLinksOwn() {
    hold(ALICE, BOB, DENIED);
    Released released = run();
    assertThat(target.acls).containsExactly(DENIED, ALICE, BOB);
    assertThat(released.acls()).containsExactly(inTarget(DENIED), inTarget(ALICE), inTarget(BOB));
    assertThat(released.todo()).isEmpty();
    assertThat(store.ledger).containsOnlyKeys(DENIED, ALICE, BOB);
    assertThat(HeldAcls.of(store.takeEntries())).isEmpty();
    assertThat(run().acls()).as("once more").isEqualTo(released.acls());
  }

  @Test
  void whatOthersHaveCreated_isNotTheMoves() {
    hold(ALICE, BOB);
    target.acls.add(BOB);
    assertThat(run().acls()).containsExactly(inTarget(ALICE));
    assertThat(store.ledger).containsOnlyKeys(ALICE);
    assertThat(HeldAcls.of(store.takeEntries())).isEmpty();
  }

  @Test
  void ifItDies_beforeItHasSavedWhatItCreated_theNextCallReportsTheSame() {
    hold(ALICE, BOB);
    store.failure = new FencedException("dead");
    assertThatThrownBy(this::run).isSameAs(store.failure);
    assertThat(target.acls).containsExactly(ALICE, BOB);
    store.failure = null;
    assertThat(run().acls()).containsExactly(inTarget(ALICE), inTarget(BOB));
    assertThat(target.acls).containsExactly(ALICE, BOB);
  }

  @Test
  void whatIsRefused_isLeftToPeople_andWhatPassesIsTriedAgain() {
    hold(ALICE, BOB);
    target.answer =
        entry ->
            entry.equals(BOB)
                ? Optional.of(new LinkFailedException("missing permission"))
                : Optional.empty();
    Released released = run();
    assertThat(released.acls()).containsExactly(inTarget(ALICE));
    assertThat(released.passing()).isEmpty();
    assertThat(released.todo())
        .singleElement()
        .asString()
        .contains("create 1 ACLs", "missing permission", "User:bob");
    assertThat(store.ledger).containsOnlyKeys(ALICE);
    target.answer = entry -> Optional.of(new RetriableException("no controller"));
    assertThat(run().passing()).isPresent();
    target.answer = entry -> Optional.empty();
    assertThat(run().acls()).containsExactly(inTarget(ALICE), inTarget(BOB));
  }

  @Test
  void withoutTheRight_nothingIsCreated_andAllAreNamed() {
    hold(ALICE, BOB);
    target.unalterable = Optional.of("missing permission on eu-west: ALTER on Cluster");
    assertThat(run().todo())
        .singleElement()
        .asString()
        .contains("create 2 ACLs", "ALTER on Cluster", "User:alice", "User:bob");
    assertThat(store.ledger).isEmpty();
    assertThat(HeldAcls.read(store.takeEntries())).containsOnlyKeys(ALICE, BOB);
  }

  @Test
  void theFenceOfASwitchover_isNotCopied() {
    hold(ALICE, DENIED);
    var unused = store.saveEntries(MoveEntries.ofAcls(List.of(new MovedAcl(true, DENIED))));
    assertThat(run().acls()).containsExactly(new MovedAcl(true, DENIED), inTarget(ALICE));
    assertThat(target.acls).containsExactly(ALICE);
  }
}
