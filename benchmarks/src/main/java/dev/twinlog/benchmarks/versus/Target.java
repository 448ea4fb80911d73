package dev.twinlog.benchmarks.versus;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * A performance target of the batch path in one workload.
 *
 * @param what for people
 * @param measure of which the ratio is taken
 * @param against the other contender; the contender's own name for an absolute value
 * @param atMost whether the bound is an upper one
 * @param bound of the ratio, or of the absolute value
 */
record Target(String what, Measure measure, String against, boolean atMost, double bound) {
  static Target atMost(String what, Measure measure, String against, double bound) {
    return new Target(what, measure, against, true, bound);
  }

  static Target atLeast(String what, Measure measure, String against, double bound) {
    return new Target(what, measure, against, false, bound);
  }

  /** What was reached; empty if one of the two did not run. */
  OptionalDouble reached(Results results, String workload, String contender) {
    return against.equals(contender)
        ? results.median(workload, contender, measure)
        : results.ratio(workload, contender, against, measure);
  }

  boolean isMet(double value) {
    return atMost ? value <= bound : value >= bound;
  }

  String promise() {
    return String.format(Locale.ROOT, "%s %.3g", atMost ? "at most" : "at least", bound);
  }
}
