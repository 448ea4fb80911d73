package dev.twinlog.testkit.contract;

import static dev.twinlog.testkit.internal.contract.SampleProgress.answer;
import static dev.twinlog.testkit.internal.contract.SampleProgress.bySource;
import static dev.twinlog.testkit.internal.contract.SampleProgress.progress;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.ProgressStoreContract;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link OffsetMapStore}s, in addition to {@link ProgressStoreContract}. Extend
 * it, open a store, and inherit the tests of both.
 */
public abstract class OffsetMapStoreContract extends ProgressStoreContract {
  private final List<OffsetMapStore> opened = new ArrayList<>();

  @Override
  protected abstract OffsetMapStore openStore() throws Exception;

  @AfterEach
  final void closeMaps() {
    opened.forEach(OffsetMapStore::close);
  }

  private OffsetMapStore openMap() throws Exception {
    OffsetMapStore store = openStore();
    opened.add(store);
    return store;
  }

  /** Opens and loads a store for the next instance. */
  private OffsetMapStore next() throws Exception {
    OffsetMapStore store = openMap();
    store.load();
    return store;
  }

  private static Route route(int source, int target) {
    return new Route(
        new TopicPartition("orders.eu-1", source), new TopicPartition("ö-orders", target));
  }

  private static MapChunk chunk(int partition, long number, int... bytes) {
    byte[] stored = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      stored[i] = (byte) bytes[i];
    }
    return new MapChunk(route(partition, partition), number, stored);
  }

  private void save(OffsetMapStore store, Collection<Progress> progress, MapChunk... chunks) {
    assertNull(
        answer(store.save(progress, List.of(chunks)), patience()),
        "the save should have succeeded");
  }

  private static Set<MapChunk> found(OffsetMapStore store) {
    Collection<MapChunk> chunks = store.takeChunks();
    Set<MapChunk> found = new HashSet<>(chunks);
    assertEquals(chunks.size(), found.size(), "a chunk was returned twice");
    return found;
  }

  @Test
  void aNewStore_hasNoChunks() throws Exception {
    assertEquals(Set.of(), found(next()));
  }

  @Test
  void progressAndChunks_areLoadedByTheNextInstance() throws Exception {
    OffsetMapStore store = next();
    save(store, List.of(progress(0, 10)), chunk(0, 0, 1, 0, -1), chunk(0, 7, 1));
    save(store, List.of(progress(0, 20), progress(1, 5)), chunk(0, 0, 1, 2), chunk(1, 0, 9));
    save(store, List.of(), chunk(1, Long.MAX_VALUE, 3));
    save(store, List.of(progress(2, 30)));
    store.close();
    OffsetMapStore next = openMap();
    assertEquals(bySource(progress(0, 20), progress(1, 5), progress(2, 30)), next.load());
    assertEquals(
        Set.of(chunk(0, 0, 1, 2), chunk(0, 7, 1), chunk(1, 0, 9), chunk(1, Long.MAX_VALUE, 3)),
        found(next));
  }

  @Test
  void chunks_areGivenAwayOnceAfterEachLoad() throws Exception {
    OffsetMapStore store = next();
    save(store, List.of(), chunk(0, 0, 1));
    assertEquals(Set.of(), found(store), "they were saved after the load");
    OffsetMapStore next = next();
    assertEquals(Set.of(chunk(0, 0, 1)), found(next));
    assertEquals(Set.of(), found(next));
  }

  @Test
  void aRemovedChunk_isGone_andCanComeBack() throws Exception {
    OffsetMapStore store = next();
    save(store, List.of(), chunk(0, 0, 1), chunk(0, 1, 1), chunk(0, 2, 1), chunk(1, 1, 1));
    save(store, List.of(), MapChunk.removed(route(0, 0), 1), MapChunk.removed(route(0, 2), 2));
    save(store, List.of(), MapChunk.removed(route(0, 0), 2), MapChunk.removed(route(5, 5), 5));
    save(store, List.of(), chunk(0, 2, 4));
    assertEquals(Set.of(chunk(0, 0, 1), chunk(0, 2, 4), chunk(1, 1, 1)), found(next()));
  }

  @Test
  void theRoutesOfOnePartition_areToldApart() throws Exception {
    MapChunk one = new MapChunk(route(0, 1), 3, new byte[] {1});
    MapChunk other = new MapChunk(route(0, 2), 3, new byte[] {2});
    MapChunk third = new MapChunk(route(1, 2), 3, new byte[] {3});
    OffsetMapStore store = next();
    save(store, List.of(), one, other, third);
    assertEquals(Set.of(one, other, third), found(next()));
  }

  @Test
  void aFormerOwner_changesNoChunk() throws Exception {
    OffsetMapStore former = next();
    save(former, List.of(progress(0, 10)), chunk(0, 0, 1));
    OffsetMapStore owner = next();
    Throwable refused =
        answer(
            former.save(List.of(progress(0, 99)), List.of(chunk(0, 0, 99), chunk(0, 1, 99))),
            patience());
    assertInstanceOf(FencedException.class, refused);
    save(owner, List.of(), chunk(0, 5, 5));
    OffsetMapStore next = openMap();
    assertEquals(bySource(progress(0, 10)), next.load());
    assertEquals(Set.of(chunk(0, 0, 1), chunk(0, 5, 5)), found(next));
  }

  @Test
  void thousandsOfChunks_areSavedAndLoaded() throws Exception {
    List<MapChunk> many = new ArrayList<>();
    for (int number = 0; number < 4_000; number++) {
      byte[] bytes = new byte[800];
      Arrays.fill(bytes, (byte) number);
      many.add(new MapChunk(route(number % 3, 0), number, bytes));
    }
    OffsetMapStore store = next();
    save(store, List.of(progress(0, 1)), many.toArray(MapChunk[]::new));
    assertEquals(new HashSet<>(many), found(next()));
  }
}
