package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.quickstart.OrderlyStop;
import java.io.PrintStream;
import java.util.List;

/**
 * Runs a link between real clusters under load while one broker after the other can't be reached by
 * the link alone, and compares the reported status of its partitions with the true end offsets once
 * a second.
 *
 * <p>{@code --help} prints the options. Exit status: 0 all is right, 1 something was found, 2 bad
 * arguments, 3 anything else.
 */
public final class UnreachableSoak {
  private UnreachableSoak() {}

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    OrderlyStop stop = OrderlyStop.of("soak");
    int status = KillSoak.FAILED;
    try {
      status = run(List.of(arguments), System.out, System.err);
    } finally {
      stop.ended();
      // In every case: no thread must keep the process alive.
      System.exit(status);
    }
  }

  /**
   * Runs the program.
   *
   * @param errors receives failures of the program itself
   * @return the exit status
   */
  static int run(List<String> arguments, PrintStream out, PrintStream errors) {
    UnreachableOptions options;
    try {
      options = UnreachableOptions.parse(arguments);
    } catch (SoakOptions.BadArguments e) {
      e.problems().forEach(problem -> errors.println("unreachable soak: " + problem));
      errors.println("Try --help.");
      return KillSoak.BAD_ARGUMENTS;
    }
    if (options.help()) {
      out.print(UnreachableOptions.USAGE);
      return KillSoak.RIGHT;
    }
    try {
      return new UnreachableRun(options, out).run() ? KillSoak.RIGHT : KillSoak.WRONG;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      errors.println("The unreachable soak was interrupted.");
    } catch (RuntimeException e) {
      errors.println("The unreachable soak failed: " + e.getMessage());
      e.printStackTrace(errors);
    }
    return KillSoak.FAILED;
  }
}
