package dev.twinlog.testkit.drill;

import java.time.Duration;
import java.util.List;

/**
 * One step of a drill.
 *
 * @param name what was done
 * @param took how long it took
 * @param facts what was seen, one sentence each
 * @param problems what is wrong, one sentence each; empty if nothing is
 */
public record DrillStep(String name, Duration took, List<String> facts, List<String> problems) {
  public DrillStep {
    facts = List.copyOf(facts);
    problems = List.copyOf(problems);
  }

  /** Whether nothing is wrong. */
  public boolean passed() {
    return problems.isEmpty();
  }
}
