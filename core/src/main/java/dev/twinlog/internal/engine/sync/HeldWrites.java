package dev.twinlog.internal.engine.sync;

import dev.twinlog.internal.progress.HeldAcls;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.EntryStore;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.StoredEntry;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which ACLs are held back, so that they can be created when the link is moved, also by
 * another process and without the source. Used by one thread.
 */
public final class HeldWrites {
  private static final Logger LOG = LoggerFactory.getLogger(HeldWrites.class);

  private final Optional<EntryStore> store;
  private final Set<String> keys = new HashSet<>();

  /** What is saved; null if that is not known. */
  private @Nullable Map<AclEntry, AclEntry> saved;

  /**
   * Creates it.
   *
   * @param store remembers them, if the link's store can
   * @param found the entries that it had when it was loaded
   */
  public HeldWrites(Optional<EntryStore> store, Collection<StoredEntry> found) {
    this.store = store;
    HeldAcls.of(found).forEach(entry -> keys.add(entry.key()));
    try {
      saved = HeldAcls.read(found);
    } catch (LinkFailedException e) {
      LOG.debug("which ACLs are held back is not known, and saved again", e);
    }
  }

  /** Saves what is held back now, and by which ACL of the source each; returns when it is saved. */
  void save(Map<AclEntry, AclEntry> held) {
    if (store.isEmpty() || held.equals(saved)) {
      return;
    }
    List<StoredEntry> changed = HeldAcls.replacing(keys, held);
    AwaitedSave.await(store.get().saveEntries(changed), "which ACLs are held back");
    saved = Map.copyOf(held);
    for (StoredEntry entry : changed) {
      if (entry.isRemoved()) {
        keys.remove(entry.key());
      } else {
        keys.add(entry.key());
      }
    }
  }

  /** Nothing is held back any more; does not wait. */
  public void forget() {
    if (store.isPresent() && !keys.isEmpty()) {
      var unused =
          store
              .get()
              .saveEntries(HeldAcls.replacing(keys, Map.of()))
              .whenComplete(
                  (done, failure) -> {
                    if (failure != null) {
                      LOG.debug("which ACLs are held back is forgotten by the next start", failure);
                    }
                  });
    }
  }
}
