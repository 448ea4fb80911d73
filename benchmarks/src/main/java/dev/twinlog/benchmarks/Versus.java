package dev.twinlog.benchmarks;

import dev.twinlog.benchmarks.versus.SideBySide;

/**
 * Copies the same topics with Twinlog, MirrorMaker 2, a loop of consumer and producer and a relay
 * of batches, and prints throughput, latency, CPU time and memory of each side by side. {@code
 * benchmarks/README.md} says what is measured and how.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.Versus --quick
 * }</pre>
 */
public final class Versus {
  private Versus() {}

  /**
   * Runs and exits: 0 when every run ended well, 1 when one failed, 2 for bad arguments.
   *
   * @param args {@code --help} lists them
   */
  public static void main(String[] args) {
    System.exit(SideBySide.run(args, System.out));
  }
}
