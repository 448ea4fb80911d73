package dev.twinlog.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.Replicator;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Compares {@link LinkOptions} with the table in {@code core/CONFIGURATION.md}, with the Javadoc of
 * {@link Replicator#fromProperties}, and with the methods of the builder. A new option must be
 * added to all of them.
 */
final class OptionsTableTest {
  private static final Pattern KEY = Pattern.compile("replicator\\.([a-z][a-z.]*[a-z])(?![a-z.*])");

  /** A row of the table, as the document or the code has it. */
  private record Row(String name, Set<String> keys, String defaultText, String description) {
    static Row of(LinkOption<?> option) {
      return new Row(
          "`" + option.name() + "`",
          option.keys().stream().map(Key::name).collect(Collectors.toCollection(TreeSet::new)),
          option.defaultText(),
          option.description());
    }

    static Row of(String line) {
      String[] cells = line.split("\\|", -1);
      return new Row(cells[1].strip(), keysIn(cells[2]), cells[3].strip(), cells[4].strip());
    }
  }

  @Test
  void theTable_hasTheOptionsAsTheCodeHasThem() throws IOException {
    assertThat(table().lines().skip(2).map(Row::of).toList())
        .containsExactlyElementsOf(LinkOptions.ALL.stream().map(Row::of).toList());
  }

  @Test
  void theJavadoc_hasEveryKey_andNoOther() throws IOException {
    String source = read("src/main/java/dev/twinlog/Replicator.java");
    int end = source.indexOf("static Builder fromProperties(");
    String javadoc = source.substring(source.lastIndexOf("/**", end), end);
    assertThat(keysIn(javadoc)).isEqualTo(new TreeSet<>(LinkOptions.KEYS));
  }

  @Test
  void everyMethodOfTheBuilder_isAnOption() {
    List<String> methods =
        Arrays.stream(Replicator.Builder.class.getMethods())
            .map(Method::getName)
            .filter(name -> !name.equals("build"))
            .toList();
    assertThat(methods)
        .containsExactlyInAnyOrderElementsOf(
            LinkOptions.ALL.stream()
                .filter(option -> option.into() != null)
                .map(LinkOption::name)
                .toList());
  }

  @Test
  void noKey_isThereTwice() {
    assertThat(LinkOptions.KEYS).doesNotHaveDuplicates();
  }

  private static String table() throws IOException {
    String page = read("CONFIGURATION.md");
    int begin = page.indexOf("| builder | property |");
    assertThat(begin).isPositive();
    return page.substring(begin, page.indexOf("\n\n", begin));
  }

  private static Set<String> keysIn(String text) {
    Set<String> keys = new TreeSet<>();
    Matcher matcher = KEY.matcher(text.replaceAll("\\s*\\n\\s*\\*\\s*", " "));
    while (matcher.find()) {
      keys.add(matcher.group(1));
    }
    return keys;
  }

  private static String read(String path) throws IOException {
    return Files.readString(Path.of(path));
  }
}
