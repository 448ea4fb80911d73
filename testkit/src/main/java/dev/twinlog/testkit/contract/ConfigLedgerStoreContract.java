package dev.twinlog.testkit.contract;

import static dev.twinlog.testkit.internal.contract.SampleProgress.answer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.FencedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link ConfigLedgerStore}s, beside {@link
 * dev.twinlog.testkit.ProgressStoreContract}. Extend it, open a store, and inherit the tests.
 */
public abstract class ConfigLedgerStoreContract {
  private static final Resource TOPIC = new Resource(Kind.TOPIC, "orders");
  private static final Resource GROUP = new Resource(Kind.SHARE_GROUP, "orders");
  private static final Resource OTHER = new Resource(Kind.TOPIC, "ö-users");

  private final List<ConfigLedgerStore> opened = new ArrayList<>();

  /**
   * Opens a store as another instance of the same link would: all stores of one test share their
   * saved state, those of different tests share nothing.
   */
  protected abstract ConfigLedgerStore openStore() throws Exception;

  /** How long to wait for an answer. Default 30 seconds. */
  protected Duration patience() {
    return Duration.ofSeconds(30);
  }

  @AfterEach
  final void closeStores() {
    opened.forEach(ConfigLedgerStore::close);
  }

  /** Opens and loads a store for the next instance. */
  private ConfigLedgerStore next() throws Exception {
    ConfigLedgerStore store = openStore();
    opened.add(store);
    store.load();
    return store;
  }

  private void save(ConfigLedgerStore store, Map<Resource, Map<String, String>> changed) {
    assertNull(
        answer(store.saveConfigs(changed), patience()), "the configs should have been saved");
  }

  @Test
  void aNewStore_hasNoConfigs() throws Exception {
    assertEquals(Map.of(), next().takeConfigs());
  }

  @Test
  void configs_areLoadedByTheNextInstance_ofTopicsAndOfGroupsOfTheSameName() throws Exception {
    ConfigLedgerStore store = next();
    save(
        store,
        Map.of(
            TOPIC, Map.of("retention.ms", "1", "cleanup.policy", "compact,delete"),
            GROUP, Map.of("share.auto.offset.reset", "earliest")));
    save(store, Map.of(OTHER, Map.of("retention.ms", "")));
    store.close();
    assertEquals(
        Map.of(
            TOPIC, Map.of("retention.ms", "1", "cleanup.policy", "compact,delete"),
            GROUP, Map.of("share.auto.offset.reset", "earliest"),
            OTHER, Map.of("retention.ms", "")),
        next().takeConfigs());
  }

  @Test
  void aChange_replacesAllConfigsOfItsResource_andNoneRemovesIt() throws Exception {
    ConfigLedgerStore store = next();
    save(
        store,
        Map.of(
            TOPIC, Map.of("retention.ms", "1", "segment.ms", "2"),
            OTHER, Map.of("retention.ms", "3")));
    save(store, Map.of(TOPIC, Map.of("segment.ms", "4"), OTHER, Map.of()));
    assertEquals(Map.of(TOPIC, Map.of("segment.ms", "4")), next().takeConfigs());
  }

  @Test
  void aFormerOwner_changesNoConfigs() throws Exception {
    ConfigLedgerStore former = next();
    save(former, Map.of(TOPIC, Map.of("retention.ms", "1")));
    ConfigLedgerStore owner = next();
    Map<Resource, Map<String, String>> late =
        Map.of(TOPIC, Map.of("retention.ms", "9"), OTHER, Map.of("retention.ms", "9"));
    assertInstanceOf(FencedException.class, answer(former.saveConfigs(late), patience()));
    save(owner, Map.of(GROUP, Map.of("a", "b")));
    assertEquals(
        Map.of(TOPIC, Map.of("retention.ms", "1"), GROUP, Map.of("a", "b")), next().takeConfigs());
  }
}
