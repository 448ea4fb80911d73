package dev.twinlog.internal.kafka.wire.ledger.session;

import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The guarantees of routes for which "each record once" is not kept in the usual way, with their
 * reasons. Thread-safe.
 */
public final class RouteGuaranteeRegistry {

  /** The component that sets a guarantee; each has its own entry per route. */
  public enum Author {
    LEDGER,
    WRITER
  }

  private final Map<Route, Map<Author, Guarantee>> notes = new ConcurrentHashMap<>();

  /** Sets the author's guarantee, replacing its former one. */
  public void put(Route route, Author author, Guarantee note) {
    notes.compute(
        route,
        (key, known) -> {
          Map<Author, Guarantee> next = copy(known);
          next.put(author, note);
          return next;
        });
  }

  /** Removes the author's guarantee. */
  public void remove(Route route, Author author) {
    notes.computeIfPresent(
        route,
        (key, known) -> {
          Map<Author, Guarantee> next = copy(known);
          next.remove(author);
          return next.isEmpty() ? null : next;
        });
  }

  /** Maps in the registry are never changed: readers don't lock. */
  private static Map<Author, Guarantee> copy(@Nullable Map<Author, Guarantee> known) {
    return known == null ? new EnumMap<>(Author.class) : new EnumMap<>(known);
  }

  /** The combined guarantee of each route: exact only if it is exact for all authors. */
  public Map<Route, Guarantee> guarantees() {
    return notes.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> joined(entry.getValue())));
  }

  private static Guarantee joined(Map<Author, Guarantee> said) {
    return new Guarantee(
        said.values().stream().allMatch(Guarantee::exact),
        said.values().stream().map(Guarantee::why).collect(Collectors.joining("; ")));
  }
}
