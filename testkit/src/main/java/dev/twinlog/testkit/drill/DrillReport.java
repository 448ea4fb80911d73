package dev.twinlog.testkit.drill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** What a drill has seen: its steps, and whether all of them passed. Immutable. */
public final class DrillReport {
  private final String link;
  private final Instant begunAt;
  private final List<DrillStep> steps;

  DrillReport(String link, Instant begunAt, List<DrillStep> steps) {
    this.link = link;
    this.begunAt = begunAt;
    this.steps = List.copyOf(steps);
  }

  /** The link's name. */
  public String link() {
    return link;
  }

  /** When the drill began. */
  public Instant begunAt() {
    return begunAt;
  }

  /** The steps, in their order. The last one may be the one that failed. */
  public List<DrillStep> steps() {
    return steps;
  }

  /** Whether every step passed. */
  public boolean passed() {
    return steps.stream().allMatch(DrillStep::passed);
  }

  /** What is wrong, one sentence each; empty if the drill passed. */
  public List<String> problems() {
    return steps.stream().flatMap(step -> step.problems().stream()).toList();
  }

  /** A page for people: a verdict, a table of the steps, and what each has seen. */
  public String toMarkdown() {
    StringBuilder page = new StringBuilder();
    page.append("# Failover drill of link ").append(link).append('\n');
    page.append("\n**").append(passed() ? "PASSED" : "FAILED").append("**, begun ");
    page.append(begunAt).append("\n\n| step | took | verdict |\n| --- | --- | --- |\n");
    for (DrillStep step : steps) {
      page.append("| %s | %s | %s |%n".formatted(step.name(), took(step), verdict(step)));
    }
    for (DrillStep step : steps) {
      page.append("\n## ").append(step.name()).append("\n\n");
      step.problems().forEach(problem -> page.append("- **wrong:** ").append(line(problem)));
      step.facts().forEach(fact -> page.append("- ").append(line(fact)));
    }
    return page.toString();
  }

  /** A test suite with one test case a step, in the form that CI servers read. */
  public String toJUnitXml() {
    return JUnitXml.of(this);
  }

  /**
   * Writes {@code failover-drill.md} and {@code TEST-failover-drill.xml}, and creates the directory
   * if it doesn't exist.
   *
   * @throws UncheckedIOException if they can't be written
   */
  public void writeTo(Path directory) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("failover-drill.md"), toMarkdown());
      Files.writeString(directory.resolve("TEST-failover-drill.xml"), toJUnitXml());
    } catch (IOException e) {
      throw new UncheckedIOException("can't write the drill's report into " + directory, e);
    }
  }

  /** A line for each step, and what is wrong. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("failover drill of link %s: ".formatted(link));
    text.append(passed() ? "PASSED" : "FAILED");
    for (DrillStep step : steps) {
      text.append("%n  %-40s %8s  %s".formatted(step.name(), took(step), verdict(step)));
      step.problems().forEach(problem -> text.append("\n    wrong: ").append(problem));
    }
    return text.toString();
  }

  private static String verdict(DrillStep step) {
    return step.passed() ? "passed" : "FAILED";
  }

  private static String took(DrillStep step) {
    return String.format(Locale.ROOT, "%.1f s", step.took().toMillis() / 1_000.0);
  }

  private static String line(String text) {
    return text.replace("\n", "\n  ") + "\n";
  }
}
