package dev.twinlog.testkit.quickstart;

import dev.twinlog.testkit.quickstart.Options.BadArguments;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Shows a live copy from one Kafka cluster to another, and checks it record by record; then the
 * loss of a region, and the way home.
 *
 * <p>{@code --help} prints the options. Exit status: 0 the copy is exact, 1 it is not, 2 bad
 * arguments, 3 anything else.
 */
public final class QuickStart {
  static final int EXACT = 0;
  static final int NOT_EXACT = 1;
  static final int BAD_ARGUMENTS = 2;
  static final int FAILED = 3;

  private QuickStart() {}

  /** Runs the program and ends the process. */
  public static void main(String[] arguments) {
    OrderlyStop stop = OrderlyStop.of("quickstart");
    int status = FAILED;
    try (Screen screen = Terminal.screen()) {
      status = run(List.of(arguments), screen, System.err, clusters -> {});
    } finally {
      stop.ended();
      // In every case: threads of the brokers must not keep the process alive.
      System.exit(status);
    }
  }

  /**
   * Runs the program.
   *
   * @param errors receives failures
   * @param beforeComparison called when all is copied; a test changes the clusters there
   * @return the exit status
   */
  static int run(
      List<String> arguments,
      Screen screen,
      PrintStream errors,
      Consumer<Clusters> beforeComparison) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (BadArguments e) {
      e.problems().forEach(problem -> errors.println("quick start: " + problem));
      errors.println("Try --help.");
      return BAD_ARGUMENTS;
    }
    if (options.help()) {
      screen.print(Options.USAGE.lines().toList());
      return EXACT;
    }
    try {
      boolean exact = new Demo(options, screen, beforeComparison).play();
      if (exact && options.failover()) {
        exact = new LostRegion(screen).play();
      }
      screen.print(farewell());
      return exact ? EXACT : NOT_EXACT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (!Thread.currentThread().isInterrupted()) {
        explain(e, errors);
        return FAILED;
      }
    }
    errors.println("The quick start was interrupted; everything is stopped.");
    return FAILED;
  }

  private static List<String> farewell() {
    return List.of(
        "",
        "Read next: README.md, which leads to the guarantees and the configuration.",
        "The code that ran is class Demo in package dev.twinlog.testkit.quickstart.",
        "");
  }

  private static void explain(RuntimeException failure, PrintStream errors) {
    errors.println("The quick start failed: " + failure.getMessage());
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      errors.println("  because of " + cause);
    }
    String log = System.getProperty("org.slf4j.simpleLogger.logFile");
    if (log != null) {
      errors.println("The log of the clients and brokers is " + Path.of(log).toAbsolutePath());
    }
  }
}
