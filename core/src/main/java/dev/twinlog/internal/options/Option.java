package dev.twinlog.internal.options;

import dev.twinlog.spi.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An option of a link: its name, its default, which values it may have, how properties describe it,
 * and what the documents say of it. It is the key of its value in {@link LinkSettings}. Immutable.
 */
public final class Option<T> {
  private final String name;
  private final @Nullable T initial;
  private final boolean required;
  private final @Nullable Limits<T> limits;
  private final @Nullable Property<T> property;
  private final List<PropertySetter<T, ?>> parts;
  private final List<Check> checks;
  private final String onceBecause;
  private final Row row;

  private Option(Builder<T> from) {
    name = from.name;
    initial = from.initial;
    required = from.required;
    limits = from.limits;
    parts = List.copyOf(from.parts);
    checks = List.copyOf(from.checks);
    onceBecause = from.onceBecause;
    row = new Row(name, from.key, from.defaultText, from.text);
    property = from.format == null ? null : new Property<>(row, allowed(from.format), "");
  }

  private Format<T> allowed(Format<T> format) {
    return limits == null ? format : format.within(limits);
  }

  /** The method of the public builder that sets it. */
  public String name() {
    return name;
  }

  /** The value if none is given. */
  Optional<T> initial() {
    return Optional.ofNullable(initial);
  }

  /** Whether it must be given. */
  boolean isRequired() {
    return required;
  }

  /** Adds what is wrong with a value. */
  void check(T value, int timesGiven, Consumer<String> problems) {
    if (limits != null && !limits.accepts().test(value)) {
      problems.accept(
          "%s was %s but must be %s"
              .formatted(
                  name, value instanceof String ? "\"" + value + "\"" : value, limits.allowed()));
    }
    if (timesGiven > 1 && !onceBecause.isEmpty()) {
      problems.accept("%s was given %d times, but %s".formatted(name, timesGiven, onceBecause));
    }
  }

  /**
   * Refuses a value for a link that is built already.
   *
   * @throws ConfigurationException with what is wrong with it
   */
  public void require(String owner, T value) {
    List<String> problems = new ArrayList<>();
    check(value, 1, problems::add);
    if (!problems.isEmpty()) {
      throw new ConfigurationException(owner, problems);
    }
  }

  /** Adds what does not fit to the parts of the link. */
  void checkParts(LinkSettings settings, Consumer<String> problems) {
    checks.forEach(check -> check.check(settings, problems));
  }

  /** Reads its value; empty if none of its properties is set, or an only one is unusable. */
  public Optional<T> read(PropertyReader in) {
    if (property != null) {
      return in.value(property);
    }
    if (initial == null || parts.stream().noneMatch(part -> in.isSet(part.property()))) {
      return Optional.empty();
    }
    T value = initial;
    for (PropertySetter<T, ?> part : parts) {
      value = part.apply(value, in);
    }
    return Optional.of(value);
  }

  /** Its properties. */
  public Stream<Property<?>> properties() {
    return Stream.concat(Stream.ofNullable(property), parts.stream().map(PropertySetter::property));
  }

  /** What the documents say of it, and of the properties that describe it together. */
  public Stream<Row> rows() {
    return Stream.concat(Stream.of(row), parts.stream().map(part -> part.property().row()));
  }

  /** The properties that describe its value together. */
  List<PropertySetter<T, ?>> parts() {
    return parts;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Describes an option. Not thread-safe. */
  static final class Builder<T> {
    private final String name;
    private final @Nullable T initial;
    private final List<PropertySetter<T, ?>> parts = new ArrayList<>();
    private final List<Check> checks = new ArrayList<>();
    private boolean required;
    private @Nullable Limits<T> limits;
    private @Nullable Format<T> format;
    private String key = "";
    private String onceBecause = "";
    private String defaultText = "";
    private String text = "";

    /**
     * Begins.
     *
     * @param initial the value if none is given; null if there is no such value
     */
    Builder(String name, @Nullable T initial) {
      this.name = name;
      this.initial = initial;
    }

    Builder<T> required() {
      required = true;
      return this;
    }

    Builder<T> within(Limits<T> allowed) {
      limits = allowed;
      return this;
    }

    /** A second value is refused. */
    Builder<T> givenOnce(String because) {
      onceBecause = because;
      return this;
    }

    /** Checked once source and sink are known. */
    Builder<T> check(Check check) {
      checks.add(check);
      return this;
    }

    /** Set by this property. */
    Builder<T> property(String propertyKey, Format<T> propertyFormat) {
      key = propertyKey;
      format = propertyFormat;
      return this;
    }

    /** Set by these properties, each of which changes the default. */
    Builder<T> properties(List<PropertySetter<T, ?>> setters) {
      Objects.requireNonNull(initial, name);
      parts.addAll(setters);
      return this;
    }

    /** Ends with what the documents say: the default and what the option does, in Markdown. */
    Option<T> documented(String shownDefault, String sentence) {
      defaultText = shownDefault;
      text = sentence;
      return new Option<>(this);
    }
  }
}
