package dev.twinlog.internal.options;

import java.util.function.BiFunction;

/**
 * A property that describes a link.
 *
 * @param row its key and what the documents say of it
 * @param format how its values are written
 * @param requires the key without which it makes no sense; empty if there is none
 */
public record Property<V>(Row row, Format<V> format, String requires) {

  /**
   * Describes a property.
   *
   * @param method the type of a part, and the method that does the same
   * @param defaultText the default, in Markdown
   * @param text what it does, in Markdown
   */
  public static <V> Property<V> of(
      String key, Format<V> format, String method, String defaultText, String text) {
    return new Property<>(new Row(method, key, defaultText, text), format, "");
  }

  /** Makes no sense without that one. */
  public Property<V> requires(String other) {
    return new Property<>(row, format, other);
  }

  /** Changes a part in this way. */
  public <T> PropertySetter<T, V> sets(BiFunction<T, V, T> change) {
    return new PropertySetter<>(this, change);
  }

  /** The key without the prefix {@code replicator.}. */
  public String key() {
    return row.key();
  }
}
