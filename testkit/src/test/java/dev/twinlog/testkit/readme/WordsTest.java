package dev.twinlog.testkit.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks that sources and READMEs are free of words that readers stumbled over: words that Kafka or
 * the JDK has another one for, and pronouns where the text should name who acts.
 */
final class WordsTest {

  /** A word that is not to be used, and what to write instead. */
  private record Banned(Pattern pattern, String instead) {
    static Banned of(String words, String instead) {
      return new Banned(Pattern.compile("(?i)\\b(" + words + ")\\b"), instead);
    }
  }

  private static final List<Banned> BANNED =
      List.of(
          Banned.of("anew", "again, new"),
          Banned.of("whoever|whomever|nobody", "the caller, the broker, no instance, ..."),
          Banned.of("in vain", "without an answer, without success"),
          Banned.of("tr(y|ies|ying) on", "keeps retrying"),
          Banned.of("lest", "so that ... not"),
          Banned.of("parcels?", "produce batch"),
          Banned.of("stragglers?", "late request"),
          Banned.of("rivals?", "former owner"),
          Banned.of("doors?", "handling, entrance, listener"));

  @Test
  void sourcesAndReadmes_useTheWordsOfTheField() throws IOException {
    Path root = Repository.root();
    List<String> found = new ArrayList<>();
    for (String module : List.of("core", "metrics", "testkit", "benchmarks")) {
      try (Stream<Path> files = Files.walk(root.resolve(module))) {
        files
            .filter(file -> !file.startsWith(root.resolve(module).resolve("target")))
            .filter(WordsTest::isText)
            .forEach(file -> check(root.relativize(file), read(file), found));
      }
    }
    check(Path.of("README.md"), read(root.resolve("README.md")), found);
    assertThat(found).isEmpty();
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    return (name.endsWith(".java") || name.endsWith(".md"))
        && !name.equals(WordsTest.class.getSimpleName() + ".java");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Path file, String text, List<String> found) {
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      for (Banned banned : BANNED) {
        Matcher matcher = banned.pattern().matcher(lines.get(i));
        if (matcher.find()) {
          found.add(
              "%s:%d: \"%s\"; write: %s".formatted(file, i + 1, matcher.group(), banned.instead()));
        }
      }
    }
  }
}
