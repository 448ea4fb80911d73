package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteGuarantees.Guarantee;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said of routes for which each record once is not kept in the usual way, by those
 * who know it. Thread-safe.
 */
public final class RouteGuaranteeRegistry {

  /** Who says something; each has a place of its own for a route. */
  public enum Author {
    LEDGER,
    WRITER
  }

  private final Map<Route, Map<Author, Guarantee>> notes = new ConcurrentHashMap<>();

  /** Says this from now on, in place of what the author said before. */
  public void put(Route route, Author author, Guarantee note) {
    notes.compute(
        route,
        (key, known) -> {
          Map<Author, Guarantee> next = copy(known);
          next.put(author, note);
          return next;
        });
  }

  /** The author has nothing special to say any more. */
  public void remove(Route route, Author author) {
    notes.computeIfPresent(
        route,
        (key, known) -> {
          Map<Author, Guarantee> next = copy(known);
          next.remove(author);
          return next.isEmpty() ? null : next;
        });
  }

  /** A map that is on the board is never changed: readers don't lock. */
  private static Map<Author, Guarantee> copy(@Nullable Map<Author, Guarantee> known) {
    return known == null ? new EnumMap<>(Author.class) : new EnumMap<>(known);
  }

  /** By route, what all say together: exact only if nobody says otherwise. */
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
