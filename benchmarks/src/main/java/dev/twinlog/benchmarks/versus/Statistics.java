package dev.twinlog.benchmarks.versus;

import java.util.Collection;

/** Medians and percentiles. */
final class Statistics {
  private Statistics() {}

  /**
   * The middle one, or the mean of the two in the middle.
   *
   * @throws IllegalArgumentException if there is none
   */
  static double median(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("the median of nothing");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The smallest value that this share of all does not exceed.
   *
   * @param sorted ascending
   * @param share above 0, at most 1
   * @throws IllegalArgumentException if there is none
   */
  static double percentile(long[] sorted, double share) {
    if (sorted.length == 0) {
      throw new IllegalArgumentException("a percentile of nothing");
    }
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
