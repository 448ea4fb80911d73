package dev.twinlog.testkit.junit;

import dev.twinlog.testkit.TwinClusters;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The WARN and ERROR events of {@code dev.twinlog} loggers during a test: a parameter of the tests
 * of a class with {@link CleanAfterEach} or {@link TwinClusters}. Needs Logback as the SLF4J
 * binding. Thread-safe.
 */
public final class LogCapture {
  private final List<String> lines = new ArrayList<>();
  private final List<Pattern> expected = new ArrayList<>();

  LogCapture() {}

  /** The events so far, each as {@code <LEVEL> <logger>: <message>}. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  /**
   * Allows events, earlier and later ones, that would fail the test.
   *
   * @param regex allows an event if it is found in its line
   */
  public synchronized void expect(String regex) {
    expected.add(Pattern.compile(regex));
  }

  synchronized void add(String line) {
    lines.add(line);
  }

  synchronized List<String> unexpected() {
    return lines.stream()
        .filter(line -> expected.stream().noneMatch(pattern -> pattern.matcher(line).find()))
        .toList();
  }
}
