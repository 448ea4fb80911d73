package dev.twinlog.internal.options;

import dev.twinlog.spi.ConfigurationException;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A property that changes a part of the link.
 *
 * @param change returns the part with the value of the property
 */
public record PropertySetter<T, V>(Property<V> property, BiFunction<T, V, T> change) {

  /** Returns the part as it is if the property isn't set or, which is a problem, unusable. */
  public T apply(T part, PropertyReader in) {
    Optional<V> value = in.value(property);
    if (value.isEmpty()) {
      return part;
    }
    try {
      return change.apply(part, value.get());
    } catch (ConfigurationException e) {
      in.problems(property.key(), e);
      return part;
    }
  }
}
