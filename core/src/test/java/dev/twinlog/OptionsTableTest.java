package dev.twinlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Compares the keys that {@link PropertiesLink} reads with the table of options in {@code
 * core/CONFIGURATION.md} and with the Javadoc of {@link Replicator#fromProperties}, and the methods
 * of the builder with that table. A new option must be added to all of them.
 */
final class OptionsTableTest {
  private static final Pattern KEY = Pattern.compile("replicator\\.([a-z][a-z.]*[a-z])(?![a-z.*])");
  private static final Pattern ROW = Pattern.compile("^\\| `([A-Za-z]+)[`…]", Pattern.MULTILINE);

  @Test
  void theTable_hasEveryKey_andNoOther() throws IOException {
    assertThat(keys(table())).isEqualTo(new TreeSet<>(PropertiesLink.KEYS));
  }

  @Test
  void theJavadoc_hasEveryKey_andNoOther() throws IOException {
    String source = read("src/main/java/dev/twinlog/Replicator.java");
    int end = source.indexOf("static Builder fromProperties(");
    String javadoc = source.substring(source.lastIndexOf("/**", end), end);
    assertThat(keys(javadoc)).isEqualTo(new TreeSet<>(PropertiesLink.KEYS));
  }

  @Test
  void theTable_hasEveryMethodOfTheBuilder() throws IOException {
    Set<String> rows =
        ROW.matcher(table()).results().map(row -> row.group(1)).collect(Collectors.toSet());
    Set<String> methods =
        Arrays.stream(Replicator.Builder.class.getMethods())
            .map(Method::getName)
            .filter(name -> !name.equals("build"))
            .collect(Collectors.toSet());
    assertThat(rows).containsAll(methods);
  }

  private static String table() throws IOException {
    String page = read("CONFIGURATION.md");
    int begin = page.indexOf("| builder | property |");
    assertThat(begin).isPositive();
    return page.substring(begin, page.indexOf("\n\n", begin));
  }

  private static Set<String> keys(String text) {
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
