package dev.twinlog.testkit;

import static dev.twinlog.testkit.internal.contract.SampleProgress.bySource;
import static dev.twinlog.testkit.internal.contract.SampleProgress.progress;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.internal.contract.SampleProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A contract test for {@link ProgressStore}s. Extend it, open a store, and inherit the tests. */
public abstract class ProgressStoreContract {
  private final List<ProgressStore> opened = new ArrayList<>();

  /**
   * Opens a store as another instance of the same link would: all stores of one test share their
   * saved state, those of different tests share nothing.
   */
  protected abstract ProgressStore openStore() throws Exception;

  /** How long to wait for an answer. Default 30 seconds. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(ProgressStore::close);
  }

  private ProgressStore open() throws Exception {
    ProgressStore store = openStore();
    opened.add(store);
    return store;
  }

  private void save(ProgressStore store, Progress... changed) {
    assertNull(answer(store, List.of(changed)), "the save should have succeeded");
  }

  private void assertFenced(ProgressStore store, Progress... changed) {
    assertInstanceOf(FencedException.class, answer(store, List.of(changed)));
  }

  /** Why a save failed, or null. */
  private @Nullable Throwable answer(ProgressStore store, Collection<Progress> changed) {
    return SampleProgress.answer(store.save(changed), patience());
  }

  @Test
  void aNewStore_isEmpty() throws Exception {
    assertEquals(Map.of(), open().load());
    assertEquals(Map.of(), open().load());
  }

  @Test
  void whatWasSaved_isLoadedByTheNextInstance() throws Exception {
    ProgressStore store = open();
    store.load();
    save(store, progress(0, 10), progress(1, 20, (byte) 1, (byte) 0, (byte) -1));
    save(store, progress(1, 21, (byte) 2), progress(2, 30));
    store.close();
    assertEquals(
        bySource(progress(0, 10), progress(1, 21, (byte) 2), progress(2, 30)), open().load());
  }

  @Test
  void everyField_comesBack() throws Exception {
    TopicPartition from = new TopicPartition("orders", 3);
    Progress bare =
        new Progress(new SourcePartition(from, Optional.empty()), 0, true, "", List.of());
    Route one = new Route(from, new TopicPartition("a", 0));
    Route two = new Route(from, new TopicPartition("b", 1));
    Progress full =
        new Progress(
            new SourcePartition(new TopicPartition("ö", 1), Optional.of(Uuid.randomUuid())),
            Long.MAX_VALUE,
            false,
            "☃",
            List.of(
                new RouteProgress(one, 0, 0, new byte[0]),
                new RouteProgress(two, 5, Long.MAX_VALUE, new byte[] {0})),
            OptionalInt.of(3),
            SkippedOffsets.none().with(0).with(17).with(18));
    ProgressStore store = open();
    store.load();
    save(store, bare, full);
    assertEquals(bySource(bare, full), open().load());
  }

  @Test
  void aRecreatedTopic_isAnotherSource() throws Exception {
    TopicPartition partition = new TopicPartition("orders", 0);
    Progress old =
        new Progress(
            new SourcePartition(partition, Optional.of(new Uuid(1, 1))), 5, true, "", List.of());
    Progress young =
        new Progress(
            new SourcePartition(partition, Optional.of(new Uuid(2, 2))), 1, true, "", List.of());
    ProgressStore store = open();
    store.load();
    save(store, old);
    save(store, young);
    assertEquals(young, open().load().get(young.source()));
  }

  @Test
  void manyPartitionsWithBigStates_areSavedTogether() throws Exception {
    Progress[] many = new Progress[500];
    for (int i = 0; i < many.length; i++) {
      many[i] = progress(i, i, new byte[1_000]);
    }
    ProgressStore store = open();
    store.load();
    save(store, many);
    assertEquals(bySource(many), open().load());
  }

  @Test
  void anEmptySave_provesTheOwnership() throws Exception {
    ProgressStore store = open();
    store.load();
    save(store);
    open().load();
    assertFenced(store);
  }

  @Test
  void aFormerOwner_isFenced_andChangesNothing() throws Exception {
    ProgressStore former = open();
    former.load();
    save(former, progress(0, 10));
    ProgressStore owner = open();
    owner.load();
    assertFenced(former, progress(0, 99));
    assertFenced(former, progress(5, 99));
    save(owner, progress(0, 11));
    assertFenced(former, progress(0, 99));
    assertEquals(bySource(progress(0, 11)), open().load());
  }

  @Test
  void opening_doesNotTakeTheLinkOver() throws Exception {
    ProgressStore owner = open();
    owner.load();
    open();
    save(owner, progress(0, 10));
  }

  @Test
  void concurrentSaves_onlyTheOwnersTakesEffect() throws Exception {
    ProgressStore former = open();
    former.load();
    CompletableFuture<Void> first = new CompletableFuture<>();
    CompletableFuture<Integer> saved =
        CompletableFuture.supplyAsync(
            () -> {
              int next = 0;
              while (answer(former, List.of(progress(0, next), progress(1, next))) == null) {
                next++;
                first.complete(null);
              }
              first.complete(null);
              return next;
            });
    first.get(patience().toNanos(), TimeUnit.NANOSECONDS);
    ProgressStore owner = open();
    Map<SourcePartition, Progress> found = owner.load();
    int lastSaved = saved.get(patience().toNanos(), TimeUnit.NANOSECONDS) - 1;
    assertEquals(
        lastSaved < 0 ? Map.of() : bySource(progress(0, lastSaved), progress(1, lastSaved)), found);
    save(owner, progress(0, 1_000_000));
  }

  @Test
  void close_canBeCalledTwice_andKeepsWhatWasSaved() throws Exception {
    ProgressStore store = open();
    store.load();
    save(store, progress(0, 10));
    store.close();
    store.close();
    assertEquals(bySource(progress(0, 10)), open().load());
  }
}
