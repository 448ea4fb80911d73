package dev.twinlog.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the messages in {@code core/MESSAGES.md} those of the code: each is in one of its files,
 * and the test that its row names expects a part of it.
 */
final class MessagesTableTest {
  private static final Pattern ROW =
      Pattern.compile("^\\| (`.+`) \\| .+ \\| `(\\w+)#(\\w+)` \\|$", Pattern.MULTILINE);
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern CALL = Pattern.compile("\\b([a-z]\\w+)\\(");
  private static final Pattern VARIABLE = Pattern.compile("%(?:\\d\\$)?[sd]|\\d+");
  private static final String GAP = "…";
  private static final int LEAST_EXPECTED = 8;

  private final Path root = Repository.root();

  /** A message, and the test that expects it. */
  private record Row(String message, String testClass, String method) {
    /** The text between names and numbers. */
    List<String> parts() {
      return Stream.of(message.split("[…`]+"))
          .map(String::strip)
          .filter(p -> p.length() > 3)
          .toList();
    }
  }

  private List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    Matcher row = ROW.matcher(Files.readString(root.resolve(Path.of("core", "MESSAGES.md"))));
    while (row.find()) {
      rows.add(new Row(row.group(1), row.group(2), row.group(3)));
    }
    return rows;
  }

  @Test
  void everyMessage_isInTheCode_andExpectedByItsTest() throws IOException {
    List<String> code = new ArrayList<>(sources("core", "main", "").values());
    Map<String, String> tests = new HashMap<>(sources("core", "test", "(Test|IT)"));
    tests.putAll(sources("testkit", "test", "(Test|IT)"));
    List<String> wrong = new ArrayList<>();
    for (Row row : rows()) {
      if (code.stream().noneMatch(file -> row.parts().stream().allMatch(file::contains))) {
        wrong.add("in no file: " + row.message());
      }
      String body = body(tests.getOrDefault(row.testClass(), ""), row.method());
      if (body.isEmpty()) {
        wrong.add("no such test: " + row.testClass() + "#" + row.method());
      } else if (literals(body).noneMatch(expected -> row.message().contains(expected))) {
        wrong.add(
            "not expected by %s#%s: %s".formatted(row.testClass(), row.method(), row.message()));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyRow_isRead() throws IOException {
    String page = Files.readString(root.resolve(Path.of("core", "MESSAGES.md")));
    assertThat(rows()).hasSameSizeAs(page.lines().filter(line -> line.startsWith("| `")).toList());
  }

  /** The texts of Java files by class name, with the parts of a text joined. */
  private Map<String, String> sources(String module, String kind, String suffix)
      throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(root.resolve(Path.of(module, "src", kind, "java")))) {
      files = walked.filter(file -> file.toString().matches(".*" + suffix + "\\.java")).toList();
    }
    Map<String, String> sources = new HashMap<>();
    for (Path file : files) {
      sources.put(
          file.getFileName().toString().replace(".java", ""),
          Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
    }
    return sources;
  }

  /** The text of a test, and of the methods of its class that it calls; empty without it. */
  private static String body(String source, String test) {
    StringBuilder all = new StringBuilder();
    Set<String> seen = new HashSet<>();
    Deque<String> left = new ArrayDeque<>(List.of(test));
    while (!left.isEmpty()) {
      String method = left.remove();
      Matcher begin =
          Pattern.compile("^  [\\w<][^=;\n]* " + method + "\\(", Pattern.MULTILINE).matcher(source);
      if (seen.add(method) && begin.find()) {
        String body = source.substring(begin.start(), source.indexOf("\n  }\n", begin.start()));
        all.append(body);
        CALL.matcher(body).results().forEach(call -> left.add(call.group(1)));
      }
    }
    return all.toString();
  }

  private static Stream<String> literals(String body) {
    return LITERAL
        .matcher(body)
        .results()
        .map(found -> VARIABLE.matcher(found.group(1)).replaceAll(GAP).strip())
        .filter(text -> text.length() >= LEAST_EXPECTED && text.contains(" "));
  }
}
