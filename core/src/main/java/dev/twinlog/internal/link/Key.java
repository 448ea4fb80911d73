package dev.twinlog.internal.link;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * A property key of a link, without the prefix {@code replicator.}, and how its values are written.
 *
 * @param parser returns the value of a text, without blanks around it; empty if it is unusable
 * @param allowed what values may be, continuing "must be"
 */
record Key<T>(String name, Function<String, Optional<T>> parser, String allowed) {

  static Key<String> text(String name) {
    return new Key<>(name, Optional::of, "text");
  }

  static Key<String> text(String name, Limits<String> limits) {
    return new Key<>(name, text -> Optional.of(text).filter(limits.accepts()), limits.asText());
  }

  static Key<Boolean> flag(String name) {
    return choice(name, Map.of("true", true, "false", false));
  }

  /** One of these values, case-insensitive. */
  static <T> Key<T> choice(String name, Map<String, T> choices) {
    Map<String, T> byText = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    byText.putAll(choices);
    return new Key<>(
        name,
        text -> Optional.ofNullable(byText.get(text)),
        choices.keySet().stream().sorted().collect(Collectors.joining(" or ")));
  }

  static <E extends Enum<E>> Key<E> choice(String name, E[] values) {
    return choice(
        name,
        Arrays.stream(values)
            .collect(Collectors.toMap(value -> value.name().toLowerCase(Locale.ROOT), v -> v)));
  }

  static Key<Integer> integer(String name, Limits<Integer> limits) {
    return number(
        name,
        number -> (int) number == number ? Optional.of((int) number) : Optional.empty(),
        limits);
  }

  static Key<Long> number(String name, Limits<Long> limits) {
    return number(name, Optional::of, limits);
  }

  static Key<Duration> millis(String name, Limits<Duration> limits) {
    return number(name, number -> Optional.of(Duration.ofMillis(number)), limits);
  }

  private static <T> Key<T> number(String name, LongFunction<Optional<T>> of, Limits<T> limits) {
    return new Key<>(
        name,
        text -> {
          try {
            return of.apply(Long.parseLong(text)).filter(limits.accepts());
          } catch (NumberFormatException e) {
            return Optional.empty();
          }
        },
        limits.asText());
  }
}
