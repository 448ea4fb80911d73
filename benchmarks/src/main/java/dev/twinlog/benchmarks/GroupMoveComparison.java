package dev.twinlog.benchmarks;

import dev.twinlog.benchmarks.moves.GroupMoves;

/**
 * Moves consumer groups to the target of a link and of MirrorMaker 2, and prints how many continue
 * at exactly the next record, and what they read twice and skip. {@code benchmarks/README.md} says
 * how.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.twinlog.benchmarks.GroupMoveComparison 100 10000
 * }</pre>
 */
public final class GroupMoveComparison {
  private GroupMoveComparison() {}

  /**
   * Runs, and prints a table.
   *
   * @param args how many groups, and how many records the plain topic has; 100 and 10,000 by
   *     default
   */
  public static void main(String[] args) throws Exception {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error");
    int groups = args.length > 0 ? Integer.parseInt(args[0]) : 100;
    int records = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    GroupMoves.run(groups, records, System.out);
  }
}
