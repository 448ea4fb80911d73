package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.internal.kafka.TempDirectories;
import dev.twinlog.testkit.quickstart.OrderlyStop;
import dev.twinlog.testkit.soak.SoakOptions.BadArguments;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs a link between real clusters under load while the replicator, brokers and the network fail
 * at random moments, and compares every record at the end.
 *
 * <p>{@code --help} prints the options. Exit status: 0 all is right, 1 something was found, 2 bad
 * arguments, 3 anything else.
 */
public final class KillSoak {
  static final int RIGHT = 0;
  static final int WRONG = 1;
  static final int BAD_ARGUMENTS = 2;
  static final int FAILED = 3;

  private KillSoak() {}

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    OrderlyStop stop = OrderlyStop.of("soak");
    int status = FAILED;
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
    SoakOptions options;
    try {
      options = SoakOptions.parse(arguments);
    } catch (BadArguments e) {
      e.problems().forEach(problem -> errors.println("kill soak: " + problem));
      errors.println("Try --help.");
      return BAD_ARGUMENTS;
    }
    if (options.help()) {
      out.print(SoakOptions.USAGE);
      return RIGHT;
    }
    Path directory = TempDirectories.create("twinlog-soak-");
    boolean keep = true;
    try {
      boolean right = new Soak(options, out, directory).run();
      keep = options.keep() || !right;
      return right ? RIGHT : WRONG;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      errors.println("The kill soak was interrupted.");
    } catch (RuntimeException e) {
      errors.println("The kill soak failed: " + e.getMessage());
      e.printStackTrace(errors);
    } finally {
      if (keep) {
        out.println("The journal and the output of each replicator are in " + directory);
      } else {
        TempDirectories.delete(directory);
      }
    }
    return FAILED;
  }
}
