package dev.twinlog.testkit;

import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/** What JUnit's stores hold, by methods that every JUnit from 5.10 on has. Stateless. */
final class Stores {
  private Stores() {}

  /** What is there, or is made now and kept. */
  @SuppressWarnings("deprecation") // its successor came with JUnit 6
  static <V> V get(Store store, String key, Class<V> type, Supplier<V> make) {
    V value = store.getOrComputeIfAbsent(key, any -> make.get(), type);
    return Objects.requireNonNull(value, "a supplier makes no null");
  }
}
