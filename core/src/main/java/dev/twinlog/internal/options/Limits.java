package dev.twinlog.internal.options;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Which values an option may have.
 *
 * @param accepts whether a value is allowed
 * @param allowed what is allowed, continuing "must be"
 * @param asText the same for the text of a property
 */
public record Limits<T>(Predicate<T> accepts, String allowed, String asText) {
  /** How often something is done: every 100 ms to once a day. */
  public static final Limits<Duration> INTERVALS =
      between(Duration.ofMillis(100), Duration.ofDays(1), Duration::toMillis);

  /** This value or a greater one. */
  public static <T extends Comparable<? super T>> Limits<T> atLeast(T min) {
    return new Limits<>(
        value -> value.compareTo(min) >= 0, "at least " + min, "a whole number of at least " + min);
  }

  /** Both included. */
  public static <T extends Comparable<? super T>> Limits<T> between(T min, T max) {
    return between(min, max, value -> value);
  }

  /**
   * Both included.
   *
   * @param number the number of a property that stands for a value
   */
  public static <T extends Comparable<? super T>> Limits<T> between(
      T min, T max, Function<T, Object> number) {
    return new Limits<>(
        value -> value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
        "%s to %s".formatted(min, max),
        "a whole number from %s to %s".formatted(number.apply(min), number.apply(max)));
  }
}
