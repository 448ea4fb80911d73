package dev.twinlog.internal.options;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How values of one type are written as the text of a property.
 *
 * @param parser returns the value of a text, without blanks around it; empty if it is unusable
 * @param allowed what texts may be, continuing "must be"
 */
public record Format<V>(Function<String, Optional<V>> parser, String allowed) {
  /** Any text. */
  public static final Format<String> TEXT = new Format<>(Optional::of, "text");

  /** {@code true} or {@code false}. */
  public static final Format<Boolean> FLAG = choice(Map.of("true", true, "false", false));

  /** A whole number of 64 bits. */
  public static final Format<Long> LONG = new Format<>(Format::number, "a whole number");

  /** A decimal number. */
  public static final Format<Double> NUMBER = new Format<>(Format::decimal, "a number");

  /** A whole number of 32 bits. */
  public static final Format<Integer> INTEGER =
      new Format<>(
          text -> number(text).filter(number -> number.intValue() == number).map(Long::intValue),
          "a whole number from %d to %d".formatted(Integer.MIN_VALUE, Integer.MAX_VALUE));

  /** A number of milliseconds. */
  public static final Format<Duration> MILLIS =
      new Format<>(text -> number(text).map(Duration::ofMillis), "a whole number");

  /** Regular expressions, separated by commas. Whether they are valid is not checked here. */
  public static final Format<String[]> PATTERNS =
      new Format<>(Format::patterns, "regular expressions separated by single commas");

  /** One of these values, case-insensitive. */
  public static <V> Format<V> choice(Map<String, V> choices) {
    Map<String, V> byText = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    byText.putAll(choices);
    return new Format<>(
        text -> Optional.ofNullable(byText.get(text)),
        choices.keySet().stream().sorted().collect(Collectors.joining(" or ")));
  }

  /** One of these values by its name, case-insensitive. */
  public static <E extends Enum<E>> Format<E> choice(E[] values) {
    return choice(
        Arrays.stream(values)
            .collect(Collectors.toMap(value -> value.name().toLowerCase(Locale.ROOT), v -> v)));
  }

  /** Accepts only texts whose values are allowed. */
  public Format<V> within(Limits<V> limits) {
    return new Format<>(text -> parser.apply(text).filter(limits.accepts()), limits.asText());
  }

  private static Optional<Long> number(String text) {
    try {
      return Optional.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Double> decimal(String text) {
    try {
      return Optional.of(Double.parseDouble(text)).filter(Double::isFinite);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<String[]> patterns(String text) {
    List<String> patterns = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    return patterns.contains("") ? Optional.empty() : Optional.of(patterns.toArray(String[]::new));
  }
}
