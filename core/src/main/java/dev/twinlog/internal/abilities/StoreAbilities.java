package dev.twinlog.internal.abilities;

import dev.twinlog.spi.AclLedgerStore;
import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.GroupLedgerStore;
import dev.twinlog.spi.LinkRegistry;
import dev.twinlog.spi.NotedStore;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RestorableMapStore;
import java.util.Optional;

/**
 * A progress store, and what it can do beyond keeping progress: the further interfaces of the SPI
 * that it implements.
 */
public record StoreAbilities(
    ProgressStore store,
    Optional<OffsetMapStore> offsetMap,
    Optional<RestorableMapStore> restorableMap,
    Optional<LinkRegistry> registry,
    Optional<NotedStore> notes,
    Optional<AclLedgerStore> acls,
    Optional<ConfigLedgerStore> configs,
    Optional<GroupLedgerStore> groups,
    Optional<EntryStore> entries) {

  /** Finds out what a store can do. */
  public static StoreAbilities of(ProgressStore store) {
    return new StoreAbilities(
        store,
        Abilities.find(store, OffsetMapStore.class),
        Abilities.find(store, RestorableMapStore.class),
        Abilities.find(store, LinkRegistry.class),
        Abilities.find(store, NotedStore.class),
        Abilities.find(store, AclLedgerStore.class),
        Abilities.find(store, ConfigLedgerStore.class),
        Abilities.find(store, GroupLedgerStore.class),
        Abilities.find(store, EntryStore.class));
  }
}
