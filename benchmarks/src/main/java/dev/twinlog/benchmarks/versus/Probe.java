package dev.twinlog.benchmarks.versus;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Reports the CPU time and memory of the JVM that it runs in, when its parent asks through standard
 * input. Runs in every child JVM, so that it costs each contender the same; it does nothing between
 * two commands.
 *
 * <p>Uses nothing but the JDK, since MirrorMaker runs without this project's jar.
 */
final class Probe {
  /** How an answer to {@code sample} begins. */
  static final String SAMPLE = "#sample ";

  private static final int PARENT_GONE = 86;

  private final InputStream commands;
  private final PrintStream answers;
  private final Consumer<String> others;

  private Probe(InputStream commands, PrintStream answers, Consumer<String> others) {
    this.commands = commands;
    this.answers = answers;
    this.others = others;
  }

  /** Runs {@code args[0]} with the other arguments, observed. */
  public static void main(String[] args) throws Throwable {
    start(command -> {});
    try {
      Class.forName(args[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /**
   * Observes this process from now on.
   *
   * @param others takes the commands that are not the observer's
   */
  static void start(Consumer<String> others) {
    Probe probe = new Probe(System.in, System.out, others);
    Thread thread = new Thread(probe::listen, "versus-probe");
    thread.setDaemon(true);
    thread.start();
  }

  private void listen() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(commands, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        switch (line) {
          case "sample" -> answers.println(sample());
          default -> others.accept(line);
        }
        answers.flush();
      }
    } catch (IOException e) {
      // A broken pipe means the same as its end.
    }
    Runtime.getRuntime().halt(PARENT_GONE);
  }

  /** The clock is the system's monotonic one, which all processes of a machine share on Linux. */
  private static String sample() throws IOException {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return SAMPLE
        + System.nanoTime()
        + ' '
        + system.getProcessCpuTime()
        + ' '
        + kilobytes("VmRSS:")
        + ' '
        + kilobytes("VmHWM:");
  }

  /** From the proc file system; −1 where there is none. */
  private static long kilobytes(String field) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return -1;
    }
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(field)) {
        return Long.parseLong(line.substring(field.length()).replace("kB", "").trim());
      }
    }
    return -1;
  }
}
