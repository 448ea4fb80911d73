package dev.twinlog.internal.link;

import dev.twinlog.Replicator;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.Option;
import dev.twinlog.internal.options.Property;
import dev.twinlog.internal.options.PropertyReader;
import dev.twinlog.spi.ConfigurationException;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Describes a link between two Kafka clusters by properties; the keys are listed at {@link
 * Replicator#fromProperties}.
 *
 * <p>Throws only after all keys were checked. What a part refuses becomes one of the link's
 * problems, with the key that it came from. A disabled link may be incomplete, but not wrong: it
 * still needs its name, and the values that are set must be usable. A blank value of a key of the
 * link counts as not given.
 */
public final class PropertiesLink {
  /** Every key of the link itself; the others below source and sink belong to Kafka's clients. */
  static final List<String> KEYS =
      Stream.concat(
              LinkOptions.ALL.stream().flatMap(Option::properties), KafkaProperties.ALL.stream())
          .map(Property::key)
          .toList();

  private PropertiesLink() {}

  /**
   * Sets the options that have a property, and leaves the builder's defaults for the others.
   *
   * @return {@code into}
   * @throws ConfigurationException lists all problems
   */
  public static DefaultBuilder describe(Properties properties, DefaultBuilder into) {
    PropertyReader in = new PropertyReader(properties, KEYS);
    boolean enabled = LinkOptions.ENABLED.read(in).orElse(true);
    if (LinkOptions.LINK.properties().noneMatch(in::isSet)) {
      in.missing("link", "");
    }
    if (!enabled) {
      in.allowIncomplete();
    }
    KafkaParts kafka = new KafkaParts(in, KEYS);
    kafka.source().ifPresent(source -> into.set(LinkOptions.SOURCE, source));
    kafka.sink().ifPresent(sink -> into.set(LinkOptions.SINK, sink));
    LinkOptions.ALL.forEach(option -> read(option, in, into));
    in.refuseProblems();
    return into;
  }

  private static <T> void read(Option<T> option, PropertyReader in, DefaultBuilder into) {
    option.read(in).ifPresent(value -> into.set(option, value));
  }
}
