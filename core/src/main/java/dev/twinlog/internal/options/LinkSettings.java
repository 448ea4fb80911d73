package dev.twinlog.internal.options;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.internal.abilities.SinkAbilities;
import dev.twinlog.internal.abilities.SourceAbilities;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;

/**
 * The values of a link's options, checked. Immutable. What is needed for each batch is read once,
 * when the agent that needs it is made.
 */
public final class LinkSettings {
  private final Map<Option<?>, Object> given;
  private final SourceAbilities sourceAbilities;
  private final SinkAbilities sinkAbilities;
  private final DeliveryGuarantee guarantee;

  private LinkSettings(Map<Option<?>, Object> values) {
    given = Map.copyOf(values);
    sourceAbilities = SourceAbilities.of(source());
    sinkAbilities = SinkAbilities.of(sink());
    guarantee = find(LinkOptions.DELIVERY_GUARANTEE).orElseGet(this::strongestGuarantee);
  }

  private DeliveryGuarantee strongestGuarantee() {
    return sinkAbilities.recovery().isPresent()
        ? DeliveryGuarantee.EXACTLY_ONCE
        : DeliveryGuarantee.AT_LEAST_ONCE;
  }

  /** Begins without values. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The value of an option that is required or has a default.
   *
   * @throws NoSuchElementException if it has neither
   */
  public <T> T get(Option<T> option) {
    return find(option).orElseThrow(() -> new NoSuchElementException(option.name()));
  }

  /** The value of an option; empty if it was not given and has no default. */
  public <T> Optional<T> find(Option<T> option) {
    return find(given, option);
  }

  @SuppressWarnings("unchecked") // Builder.set is the only method that puts values there
  private static <T> Optional<T> find(Map<Option<?>, Object> given, Option<T> option) {
    return Optional.ofNullable((T) given.get(option)).or(option::initial);
  }

  /** The name of the link; ids and topics are named after it. */
  public String link() {
    return get(LinkOptions.LINK);
  }

  /** Where to read. */
  public Source source() {
    return find(LinkOptions.SOURCE).orElse(NoOpParts.SOURCE);
  }

  /** Where to write. */
  public Sink sink() {
    return find(LinkOptions.SINK).orElse(NoOpParts.SINK);
  }

  /** The guarantee; by default the strongest that the sink supports. */
  public DeliveryGuarantee guarantee() {
    return guarantee;
  }

  /** What the source can do beyond reading. */
  public SourceAbilities sourceAbilities() {
    return sourceAbilities;
  }

  /** What the sink can do beyond writing. */
  public SinkAbilities sinkAbilities() {
    return sinkAbilities;
  }

  /** Collects values. Not thread-safe. */
  public static final class Builder {
    private final Map<Option<?>, Object> given = new HashMap<>();
    private final Map<Option<?>, Integer> timesGiven = new HashMap<>();

    private Builder() {}

    /** Sets the value of an option. */
    public <T> Builder set(Option<T> option, T value) {
      given.put(option, Objects.requireNonNull(value, option.name()));
      timesGiven.merge(option, 1, Integer::sum);
      return this;
    }

    /** The value of an option so far. */
    public <T> Optional<T> find(Option<T> option) {
      return LinkSettings.find(given, option);
    }

    /**
     * Checks all values.
     *
     * @throws ConfigurationException lists everything that is missing, wrong, or does not fit to
     *     the source and the sink
     */
    public LinkSettings build() {
      List<String> problems = new ArrayList<>();
      boolean enabled = find(LinkOptions.ENABLED).orElseThrow();
      for (Option<?> option : LinkOptions.ALL) {
        if (option.isRequired()
            && !given.containsKey(option)
            && (enabled || option == LinkOptions.LINK)) {
          problems.add(option.name() + " was not given but is required");
        }
      }
      LinkSettings settings = new LinkSettings(given);
      if (enabled && given.containsKey(LinkOptions.SINK)) {
        LinkOptions.ALL.forEach(option -> option.checkParts(settings, problems::add));
      }
      LinkOptions.ALL.forEach(option -> check(option, problems));
      if (!problems.isEmpty()) {
        throw new ConfigurationException(
            find(LinkOptions.LINK).map(name -> "Link " + name).orElse("The link"), problems);
      }
      return settings;
    }

    private <T> void check(Option<T> option, List<String> problems) {
      int times = timesGiven.getOrDefault(option, 0);
      find(option).ifPresent(value -> option.check(value, times, problems::add));
    }
  }
}
