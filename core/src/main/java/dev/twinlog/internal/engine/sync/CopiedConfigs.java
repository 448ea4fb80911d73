package dev.twinlog.internal.engine.sync;

import dev.twinlog.spi.ConfigLedgerStore;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The configs that the link has set in the target, with their values. They are saved before they
 * are set, so that a later owner knows them; those of topics that the link has created, at once
 * after that. Confined to the thread of syncs, except {@link #created}.
 */
public final class CopiedConfigs {
  private final Optional<ConfigLedgerStore> store;
  private final Map<Resource, Map<String, String>> copied = new ConcurrentHashMap<>();

  /** What is not saved yet of the topics that were created. */
  private final Map<Resource, Map<String, String>> unsaved = new ConcurrentHashMap<>();

  /** What has become of the changes of a resource. */
  enum Outcome {
    /** All of them were made. */
    MADE,

    /** None was made. */
    REFUSED,

    /** They may have been made or not. */
    UNKNOWN
  }

  /**
   * Begins with what the store has; without one it is kept in memory only.
   *
   * @param store was loaded before
   */
  public CopiedConfigs(Optional<ConfigLedgerStore> store) {
    this.store = store;
    store.ifPresent(it -> copied.putAll(it.takeConfigs()));
  }

  /** The values that the link has set on a resource, by config. */
  Map<String, String> of(Kind kind, String name) {
    return copied.getOrDefault(new Resource(kind, name), Map.of());
  }

  /** The names of which something is known. */
  Set<String> names(Kind kind) {
    return copied.keySet().stream()
        .filter(resource -> resource.kind() == kind)
        .map(Resource::name)
        .collect(Collectors.toSet());
  }

  /**
   * Takes up topics that the link has created with these configs. Does not wait for the store: what
   * can't be saved now is saved with the next change. Any thread.
   */
  public void created(Map<String, Map<String, String>> topics) {
    Map<Resource, Map<String, String>> changed = new HashMap<>();
    topics.forEach(
        (name, configs) -> {
          Resource topic = new Resource(Kind.TOPIC, name);
          if (!configs.isEmpty() || copied.containsKey(topic)) {
            changed.put(topic, Map.copyOf(configs));
          }
        });
    keep(changed);
    if (changed.isEmpty() || store.isEmpty()) {
      return;
    }
    unsaved.putAll(changed);
    store
        .get()
        .saveConfigs(changed)
        .whenComplete(
            (saved, failure) -> {
              if (failure == null) {
                changed.forEach(unsaved::remove);
              }
            });
  }

  /** Replaces what is known of these resources, and returns when it is saved. */
  void replace(Kind kind, Map<String, Map<String, String>> values) {
    Map<Resource, Map<String, String>> changed = new HashMap<>(unsaved);
    Map<Resource, Map<String, String>> late = Map.copyOf(changed);
    values.forEach(
        (name, configs) -> {
          if (!configs.equals(of(kind, name))) {
            changed.put(new Resource(kind, name), Map.copyOf(configs));
          }
        });
    if (changed.isEmpty()) {
      return;
    }
    store.ifPresent(
        it -> AwaitedSave.await(it.saveConfigs(changed), "which configs the link has set"));
    late.forEach(unsaved::remove);
    keep(changed);
  }

  private void keep(Map<Resource, Map<String, String>> changed) {
    changed.forEach(
        (resource, configs) -> {
          if (configs.isEmpty()) {
            copied.remove(resource);
          } else {
            copied.put(resource, configs);
          }
        });
  }

  /**
   * Makes changes.
   *
   * @param changes by resource and config: the value to set, or empty to remove it
   * @param call makes them, and returns what has become of them; not called if what is to be set
   *     can't be saved
   */
  void change(
      Kind kind,
      Map<String, Map<String, Optional<String>>> changes,
      Supplier<Map<String, Outcome>> call) {
    Map<String, Map<String, String>> before = new HashMap<>();
    Map<String, Map<String, String>> intended = new HashMap<>();
    changes.forEach(
        (name, configs) -> {
          before.put(name, of(kind, name));
          Map<String, String> ours = new HashMap<>(of(kind, name));
          configs.forEach((config, value) -> value.ifPresent(set -> ours.put(config, set)));
          intended.put(name, ours);
        });
    replace(kind, intended);
    Map<String, Outcome> outcomes = call.get();
    Map<String, Map<String, String>> after = new HashMap<>();
    changes.forEach(
        (name, configs) -> {
          Outcome outcome = outcomes.getOrDefault(name, Outcome.UNKNOWN);
          if (outcome == Outcome.REFUSED) {
            after.put(name, before.getOrDefault(name, Map.of()));
          } else if (outcome == Outcome.MADE) {
            Map<String, String> ours = new HashMap<>(of(kind, name));
            configs.forEach(
                (config, value) -> {
                  if (value.isEmpty()) {
                    ours.remove(config);
                  }
                });
            after.put(name, ours);
          }
        });
    replace(kind, after);
  }
}
