package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.AclSync;
import dev.twinlog.ConfigSync;
import dev.twinlog.DeadLetters;
import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.GroupSync;
import dev.twinlog.MirrorMakerTopics;
import dev.twinlog.Replicator;
import dev.twinlog.Throttle;
import dev.twinlog.TopicSync;
import dev.twinlog.VerifyOptions;
import dev.twinlog.internal.options.LinkOptions;
import dev.twinlog.internal.options.Option;
import dev.twinlog.internal.options.Property;
import dev.twinlog.internal.options.Row;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.StartPosition;
import java.io.IOException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keeps the tables in {@code core/CONFIGURATION.md}, the Javadoc of {@link
 * Replicator#fromProperties} and the methods of the builder equal to {@link LinkOptions} and {@link
 * KafkaProperties}. With {@code -Dtwinlog.rewrite} it rewrites the documents instead; format the
 * code afterwards.
 */
final class OptionsTableTest {
  private static final boolean REWRITES = System.getProperty("twinlog.rewrite") != null;
  private static final Path PAGE = Path.of("CONFIGURATION.md");
  private static final Path JAVADOC = Path.of("src/main/java/dev/twinlog/Replicator.java");
  private static final Pattern NUMBER = Pattern.compile("(\\d+)(?: (s|min|MiB))?");

  @Test
  void thePage_hasTheOptionsOfLinks() throws IOException {
    compare(PAGE, between("<!-- options: begin -->\n", "<!-- options: end -->"), table(ofLinks()));
  }

  @Test
  void thePage_hasThePropertiesOfKafkaClusters() throws IOException {
    compare(
        PAGE,
        between("<!-- kafka: begin -->\n", "<!-- kafka: end -->"),
        table(KafkaProperties.ALL.stream().map(Property::row)));
  }

  @Test
  void theJavadoc_hasEveryProperty() throws IOException {
    String items =
        Stream.concat(ofLinks(), KafkaProperties.ALL.stream().map(Property::row))
            .filter(row -> !row.key().isEmpty())
            .map(OptionsTableTest::item)
            .collect(Collectors.joining());
    compare(
        JAVADOC,
        Pattern.compile("The\\s*\\* keys:\\s*\\*\\s*\\* <ul>\\n(.*?)   \\* </ul>", Pattern.DOTALL),
        items);
  }

  @Test
  void noKey_isThereTwice() {
    assertThat(PropertiesLink.KEYS).doesNotHaveDuplicates();
  }

  static Stream<Method> builderMethods() {
    return Arrays.stream(Replicator.Builder.class.getMethods())
        .filter(method -> !method.getName().equals("build"));
  }

  @ParameterizedTest
  @MethodSource("builderMethods")
  void everyMethodOfTheBuilder_setsTheOptionOfItsName(Method method) throws Exception {
    Option<?> option =
        LinkOptions.ALL.stream()
            .filter(one -> one.name().equals(method.getName()))
            .findFirst()
            .orElseThrow();
    DefaultBuilder builder = (DefaultBuilder) Replicator.builder();
    Object value = sample(method.getParameterTypes()[0]);
    assertThat(method.invoke(builder, value)).isSameAs(builder);
    assertThat(builder.find(option)).hasValueSatisfying(set -> assertThat(set).isEqualTo(value));
  }

  @Test
  void everyOption_hasAMethodOfTheBuilder() {
    assertThat(LinkOptions.ALL)
        .extracting(Option::name)
        .containsExactlyInAnyOrderElementsOf(builderMethods().map(Method::getName).toList());
  }

  static Stream<Class<?>> composed() {
    return Stream.of(
        TopicSync.class,
        ConfigSync.class,
        AclSync.class,
        GroupSync.class,
        MirrorMakerTopics.class,
        DeadLetters.class,
        Throttle.class);
  }

  @ParameterizedTest
  @MethodSource("composed")
  void everyMethodThatChangesWhatAnOptionIsComposedOf_isInTheTable(Class<?> type) {
    List<String> methods =
        Arrays.stream(type.getMethods())
            .filter(method -> method.getReturnType() == type)
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            // what only code can say has no property
            .filter(
                method -> Arrays.stream(method.getParameterTypes()).noneMatch(Class::isInterface))
            .map(method -> "%s.%s".formatted(type.getSimpleName(), method.getName()))
            .toList();
    assertThat(ofLinks().map(Row::method)).containsAll(methods);
  }

  static Stream<Property<?>> withDefault() {
    return LinkOptions.ALL.stream()
        .flatMap(Option::properties)
        .filter(property -> !shownDefault(property.row()).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("withDefault")
  void theDefaultThatIsShown_isTheOneThatIsUsed(Property<?> property) {
    DescribedLink link = new DescribedLink();
    DescribedLink same = new DescribedLink();
    if (!property.requires().isEmpty()) {
      String value = property.requires().matches(".*\\.(ms|second)") ? "60000" : "off";
      link.set(property.requires(), value);
      same.set(property.requires(), value);
    }
    link.describe();
    same.set(property.key(), shownDefault(property.row()));
    same.describe();
    for (Option<?> option : LinkOptions.ALL) {
      if (option != LinkOptions.SOURCE && option != LinkOptions.SINK) {
        assertThat(same.find(option))
            .usingRecursiveComparison()
            .withStrictTypeChecking()
            .withEqualsForType((a, b) -> a.pattern().equals(b.pattern()), Pattern.class)
            .isEqualTo(link.find(option));
      }
    }
  }

  /** The default as a property is written; empty if it is described by words. */
  private static String shownDefault(Row row) {
    String text = row.defaultText();
    Matcher number = NUMBER.matcher(text);
    if (!number.matches()) {
      return text.startsWith("`") && !text.endsWith("()`") ? text.replace("`", "") : "";
    }
    long factor =
        switch (String.valueOf(number.group(2))) {
          case "s" -> 1000;
          case "min" -> 60_000;
          case "MiB" -> 1 << 20;
          default -> 1;
        };
    return Long.toString(Long.parseLong(number.group(1)) * factor);
  }

  private static Object sample(Class<?> type) {
    if (type.isInterface() && !type.isSealed()) {
      return Proxy.newProxyInstance(
          type.getClassLoader(),
          new Class<?>[] {type},
          (proxy, method, arguments) ->
              method.getName().equals("equals") ? proxy == arguments[0] : "a sample");
    }
    return Stream.<Object>of(
            "sample",
            true,
            7,
            7L,
            Duration.ofSeconds(7),
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
            DeliveryGuarantee.AT_LEAST_ONCE,
            TopicSync.off(),
            GroupSync.off(),
            MirrorMakerTopics.off().heartbeats(),
            DeadLetters.to("sample"),
            VerifyOptions.defaults().continuous(Duration.ofDays(7)),
            PartitionMapper.modulo(),
            Throttle.bytesPerSecond(7),
            StartPosition.latest())
        .filter(value -> box(type).isInstance(value))
        .findFirst()
        .orElseThrow();
  }

  private static Class<?> box(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }

  private static Stream<Row> ofLinks() {
    return LinkOptions.ALL.stream().flatMap(Option::rows);
  }

  private static String table(Stream<Row> rows) {
    return rows.map(
            row ->
                "| `%s` |%s | %s | %s |\n"
                    .formatted(
                        row.method(),
                        row.key().isEmpty() ? "" : " `replicator." + row.key() + "`",
                        row.defaultText(),
                        row.text()))
        .collect(
            Collectors.joining(
                "",
                "| method | property | default | what it does |\n| --- | --- | --- | --- |\n",
                ""));
  }

  private static String item(Row row) {
    return "   *   <li>{@code replicator.%s}: %s. %s%s\n"
        .formatted(row.key(), javadoc(row.text()), defaultSentence(row), link(row));
  }

  private static String defaultSentence(Row row) {
    return row.defaultText().equals("required")
        ? "Required."
        : "Default " + javadoc(row.defaultText()) + ".";
  }

  /** A link to the method that does the same, if that is of a type of this package. */
  private static String link(Row row) {
    return composed().anyMatch(type -> row.method().startsWith(type.getSimpleName() + "."))
        ? " See {@link %s}.".formatted(row.method().replace('.', '#'))
        : "";
  }

  private static String javadoc(String markdown) {
    return markdown
        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
        .replaceAll("`([^`]*)`", "{@code $1}");
  }

  private static Pattern between(String begin, String end) {
    return Pattern.compile(Pattern.quote(begin) + "(.*?)" + Pattern.quote(end), Pattern.DOTALL);
  }

  /** Line breaks, and the asterisks of Javadoc after them, don't count. */
  private static void compare(Path file, Pattern place, String right) throws IOException {
    String document = Files.readString(file);
    Matcher found = place.matcher(document);
    assertThat(found.find()).as("%s in %s", place, file).isTrue();
    if (REWRITES) {
      Files.writeString(
          file, document.substring(0, found.start(1)) + right + document.substring(found.end(1)));
      return;
    }
    assertThat(words(found.group(1)))
        .as("run this test with -Dtwinlog.rewrite to rewrite %s", file)
        .isEqualTo(words(right));
  }

  private static String words(String text) {
    return text.replaceAll("\\s*\\n\\s*\\*?\\s*", " ").strip();
  }
}
