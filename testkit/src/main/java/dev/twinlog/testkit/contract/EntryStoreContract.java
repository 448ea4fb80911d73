package dev.twinlog.testkit.contract;

import static dev.twinlog.testkit.internal.contract.SampleProgress.answer;
import static dev.twinlog.testkit.internal.contract.SampleProgress.bySource;
import static dev.twinlog.testkit.internal.contract.SampleProgress.progress;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.StoredEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link EntryStore}s, beside {@link
 * dev.twinlog.testkit.ProgressStoreContract}. Extend it, open a store, and inherit the tests.
 */
public abstract class EntryStoreContract {
  private final List<EntryStore> opened = new ArrayList<>();

  /**
   * Opens a store as another instance of the same link would: all stores of one test share their
   * saved state, those of different tests share nothing.
   */
  protected abstract EntryStore openStore() throws Exception;

  /** How long to wait for an answer. Default 30 seconds. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(EntryStore::close);
  }

  /** Opens and loads a store for the next instance. */
  private EntryStore next() throws Exception {
    EntryStore store = openStore();
    opened.add(store);
    store.load();
    return store;
  }

  private void save(EntryStore store, StoredEntry... entries) {
    assertNull(
        answer(store.saveEntries(List.of(entries)), patience()),
        "the entries should have been saved");
  }

  private static StoredEntry entry(String key, int... bytes) {
    byte[] stored = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      stored[i] = (byte) bytes[i];
    }
    return new StoredEntry(key, false, stored);
  }

  private static Set<StoredEntry> found(EntryStore store) {
    Collection<StoredEntry> entries = store.takeEntries();
    Set<StoredEntry> found = new HashSet<>(entries);
    assertEquals(entries.size(), found.size(), "an entry was returned twice");
    return found;
  }

  @Test
  void aNewStore_hasNoEntries() throws Exception {
    assertEquals(Set.of(), found(next()));
  }

  @Test
  void entries_areLoadedByTheNextInstance_andNewOnesReplaceThoseOfTheirKey() throws Exception {
    EntryStore store = next();
    StoredEntry required = new StoredEntry("move", true, new byte[] {1, 0, -1});
    save(store, entry("contact/orders", 1, 2), entry("contact/ö-users", 1), required);
    save(store, entry("contact/orders", 1, 3));
    store.close();
    assertEquals(
        Set.of(entry("contact/orders", 1, 3), entry("contact/ö-users", 1), required),
        found(next()));
  }

  @Test
  void aRemovedEntry_isGone_andCanComeBack() throws Exception {
    EntryStore store = next();
    save(store, entry("a", 1), entry("b", 1), entry("c", 1));
    save(store, StoredEntry.removed("a", false), StoredEntry.removed("b", false));
    save(store, StoredEntry.removed("never-saved", false));
    save(store, entry("b", 1, 2));
    assertEquals(Set.of(entry("b", 1, 2), entry("c", 1)), found(next()));
  }

  @Test
  void entriesAndProgress_areKeptApart() throws Exception {
    EntryStore store = next();
    save(store, entry("a", 1));
    assertNull(answer(store.save(List.of(progress(0, 10))), patience()));
    save(store, entry("a", 2));
    EntryStore next = openStore();
    opened.add(next);
    assertEquals(bySource(progress(0, 10)), next.load());
    assertEquals(Set.of(entry("a", 2)), found(next));
  }

  @Test
  void aFormerOwner_changesNoEntry() throws Exception {
    EntryStore former = next();
    save(former, entry("a", 1));
    EntryStore owner = next();
    Throwable refused =
        answer(former.saveEntries(List.of(entry("a", 9), entry("b", 9))), patience());
    assertInstanceOf(FencedException.class, refused);
    save(owner, entry("c", 1));
    assertEquals(Set.of(entry("a", 1), entry("c", 1)), found(next()));
  }
}
