package dev.twinlog.benchmarks.versus;

import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * The geometric mean of ratios with its 95 % interval, by Student's t over their logarithms.
 *
 * @param pairs how many ratios there are
 */
record GeometricMean(int pairs, double mean, double low, double high) {
  private static final double TWO_SIDED_95 = 0.975;

  /**
   * Of these ratios.
   *
   * @throws IllegalArgumentException if there are fewer than two, which have no interval
   */
  static GeometricMean of(List<Double> ratios) {
    if (ratios.size() < 2) {
      throw new IllegalArgumentException("an interval of " + ratios.size() + " ratios");
    }
    SummaryStatistics logarithms = new SummaryStatistics();
    ratios.forEach(ratio -> logarithms.addValue(Math.log(ratio)));
    int n = ratios.size();
    double reach =
        new TDistribution(n - 1).inverseCumulativeProbability(TWO_SIDED_95)
            * logarithms.getStandardDeviation()
            / Math.sqrt(n);
    double mean = logarithms.getMean();
    return new GeometricMean(n, Math.exp(mean), Math.exp(mean - reach), Math.exp(mean + reach));
  }
}
