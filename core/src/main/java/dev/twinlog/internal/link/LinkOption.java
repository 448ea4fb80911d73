package dev.twinlog.internal.link;

import dev.twinlog.Replicator;
import dev.twinlog.internal.engine.shared.LinkSettings;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One option of a link as data: how it is given, which values it may have, and where they go.
 *
 * @param name the method of {@link Replicator.Builder}, or the part and its method
 * @param keys its properties
 * @param initial the value of an option that was not given; null if it has none
 * @param limits which values are allowed; null for all
 * @param setter sets the value of the only key; null if several keys are combined, or there is none
 * @param into passes the value on to the engine; null if it belongs to a part
 * @param defaultText the default, as {@code core/CONFIGURATION.md} shows it
 * @param description what the option does, as {@code core/CONFIGURATION.md} says it
 */
record LinkOption<T>(
    String name,
    List<Key<?>> keys,
    @Nullable T initial,
    @Nullable Limits<T> limits,
    @Nullable BiConsumer<Replicator.Builder, T> setter,
    @Nullable BiConsumer<LinkSettings.Builder, T> into,
    String defaultText,
    String description) {

  /** An option of the builder without properties. */
  static <T> LinkOption<T> of(
      String name,
      @Nullable T initial,
      BiConsumer<LinkSettings.Builder, T> into,
      String defaultText,
      String description) {
    return new LinkOption<>(name, List.of(), initial, null, null, into, defaultText, description);
  }

  /** An option of a source, a sink or a selector. */
  static LinkOption<Void> ofPart(
      String name, String defaultText, String description, Key<?>... keys) {
    return new LinkOption<>(name, List.of(keys), null, null, null, null, defaultText, description);
  }

  LinkOption<T> within(Limits<T> allowed) {
    return new LinkOption<>(name, keys, initial, allowed, setter, into, defaultText, description);
  }

  /** With one property, whose value is set as it is. */
  LinkOption<T> key(Key<T> key, BiConsumer<Replicator.Builder, T> set) {
    return new LinkOption<>(
        name, List.of(key), initial, limits, set, into, defaultText, description);
  }

  /** With properties that {@link PropertiesLink} combines. */
  LinkOption<T> keys(Key<?>... combined) {
    return new LinkOption<>(
        name, List.of(combined), initial, limits, null, into, defaultText, description);
  }

  /** Says what is wrong with a value; empty if nothing is. */
  Optional<String> problem(T value) {
    if (limits == null || limits.accepts().test(value)) {
      return Optional.empty();
    }
    return Optional.of(
        "%s was %s but must be %s"
            .formatted(
                name, value instanceof String ? "\"" + value + "\"" : value, limits.allowed()));
  }

  /** Passes a value on to the engine. */
  void pass(T value, LinkSettings.Builder settings) {
    if (into != null) {
      into.accept(settings, value);
    }
  }

  /** Sets the value of the only key, if it is given. */
  void read(PropertyReader in, Replicator.Builder builder) {
    if (setter != null) {
      @SuppressWarnings("unchecked") // key(..) takes both of the same type
      Key<T> key = (Key<T>) keys.get(0);
      in.value(key).ifPresent(value -> setter.accept(builder, value));
    }
  }
}
