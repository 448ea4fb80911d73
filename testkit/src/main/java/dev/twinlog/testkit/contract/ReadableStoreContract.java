package dev.twinlog.testkit.contract;

import static dev.twinlog.testkit.internal.contract.SampleProgress.answer;
import static dev.twinlog.testkit.internal.contract.SampleProgress.bySource;
import static dev.twinlog.testkit.internal.contract.SampleProgress.progress;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ReadableStore;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link ReadableStore}s, beside {@link
 * dev.twinlog.testkit.ProgressStoreContract}. Extend it, open a store, and inherit the tests.
 * Chunks and entries are tested of a store that has them.
 */
public abstract class ReadableStoreContract {
  private static final Route ROUTE =
      new Route(new TopicPartition("orders", 0), new TopicPartition("eu.orders", 0));

  private final List<ReadableStore> opened = new ArrayList<>();

  /**
   * Opens a store as another instance of the same link would: all stores of one test share their
   * saved state, those of different tests share nothing.
   */
  protected abstract ReadableStore openStore() throws Exception;

  /** How long to wait for an answer. Default 30 seconds. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(ReadableStore::close);
  }

  private ReadableStore open() throws Exception {
    ReadableStore store = openStore();
    opened.add(store);
    return store;
  }

  private void save(ReadableStore store, Progress... changed) {
    assertNull(answer(store.save(List.of(changed)), patience()), "the save should have succeeded");
  }

  @Test
  void read_returnsWhatIsSavedNow() throws Exception {
    ReadableStore owner = open();
    owner.load();
    save(owner, progress(0, 10), progress(1, 20));
    ReadableStore reader = open();
    assertEquals(bySource(progress(0, 10), progress(1, 20)), reader.read().progress());
    save(owner, progress(1, 21));
    assertEquals(bySource(progress(0, 10), progress(1, 21)), reader.read().progress());
    assertEquals(bySource(progress(0, 10), progress(1, 21)), owner.read().progress());
  }

  @Test
  void read_takesNoOwnership() throws Exception {
    ReadableStore owner = open();
    owner.load();
    save(owner, progress(0, 10));
    open().read();
    save(owner, progress(0, 11));
    ReadableStore next = open();
    next.read();
    assertEquals(bySource(progress(0, 11)), next.load());
    save(next, progress(0, 12));
  }

  @Test
  void read_returnsChunksAndEntries_whereTheStoreHasThem() throws Exception {
    ReadableStore owner = open();
    owner.load();
    save(owner, progress(0, 10));
    if (owner instanceof OffsetMapStore map) {
      MapChunk chunk = new MapChunk(ROUTE, 3, new byte[] {1, 2});
      assertNull(answer(map.save(List.of(), List.of(chunk)), patience()));
      assertEquals(Set.of(chunk), Set.copyOf(open().read().chunks()));
    }
    if (owner instanceof EntryStore entries) {
      StoredEntry entry = new StoredEntry("contact/orders", false, new byte[] {1, 2});
      assertNull(answer(entries.saveEntries(List.of(entry)), patience()));
      assertEquals(Set.of(entry), Set.copyOf(open().read().entries()));
    }
  }
}
