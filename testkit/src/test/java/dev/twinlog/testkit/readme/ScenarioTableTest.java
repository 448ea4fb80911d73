package dev.twinlog.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks that SCENARIOS.md names tests that exist, and leaves no test of a whole link out. */
final class ScenarioTableTest {
  private static final Pattern REFERENCE = Pattern.compile("`([A-Z]\\w*(?:Test|IT|Cases))#(\\w+)`");
  private static final Pattern METHOD =
      Pattern.compile(
          "@(?:Test|ParameterizedTest|RepeatedTest)\\b.*?\\bvoid (\\w+)\\(", Pattern.DOTALL);
  private static final Path TESTS = Path.of("testkit", "src", "test", "java", "dev", "twinlog");

  private final Path root = Repository.root();

  @Test
  void everyScenarioNamesATestThatExists() throws IOException {
    Set<String> existing = new TreeSet<>();
    existing.addAll(testsBelow(root.resolve(TESTS)));
    existing.addAll(testsBelow(root.resolve(Path.of("core", "src", "test", "java"))));
    existing.addAll(testsBelow(root.resolve(Path.of("metrics", "src", "test", "java"))));
    assertThat(named()).isNotEmpty().isSubsetOf(existing);
  }

  @Test
  void everyTestOfAWholeLinkIsInTheTable() throws IOException {
    Path links = root.resolve(TESTS).resolve(Path.of("testkit", "link"));
    assertThat(named())
        .describedAs("a new test of a whole link gets a row in testkit/SCENARIOS.md")
        .containsAll(testsBelow(links));
  }

  private Set<String> named() throws IOException {
    String rows = Files.readString(root.resolve(Path.of("testkit", "SCENARIOS.md")));
    Set<String> named = new TreeSet<>();
    Matcher reference = REFERENCE.matcher(rows);
    while (reference.find()) {
      named.add(reference.group(1) + "#" + reference.group(2));
    }
    return named;
  }

  private static Set<String> testsBelow(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(directory)) {
      files = walked.filter(file -> file.toString().matches(".*(Test|IT|Cases)\\.java")).toList();
    }
    Set<String> tests = new TreeSet<>();
    for (Path file : files) {
      tests.addAll(testsOf(file));
    }
    return tests;
  }

  private static Set<String> testsOf(Path file) throws IOException {
    String name = file.getFileName().toString().replace(".java", "");
    List<String> methods = new ArrayList<>();
    Matcher method = METHOD.matcher(Files.readString(file));
    while (method.find()) {
      methods.add(method.group(1));
    }
    return methods.stream().map(found -> name + "#" + found).collect(Collectors.toSet());
  }
}
