package dev.twinlog.benchmarks.versus;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A JVM of its own with a {@link Probe} in it. Unlike the testkit's {@code ChildJvm} it adds
 * nothing to the class path: what MirrorMaker scans at its start must be what its users have.
 *
 * <p>Lines that begin with {@code #} are answers; the others are kept for the message of a failure.
 */
final class Child implements AutoCloseable {
  private static final int KEPT_LINES = 40;
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private static final long END_SECONDS = 30;

  private final String name;
  private final Process process;
  private final long startNanos;
  private final Thread atExit;
  private final Deque<String> answers = new ArrayDeque<>();
  private final Deque<String> printed = new ArrayDeque<>();
  private boolean ended;

  private Child(String name, Process process, long startNanos) {
    this.name = name;
    this.process = process;
    this.startNanos = startNanos;
    this.atExit = new Thread(process::destroyForcibly, "versus-end-" + name);
  }

  static Child start(String name, Launch launch) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(launch.jvmArgs());
    command.addAll(List.of("-cp", launch.classPath()));
    command.addAll(launch.mainAndArgs());
    try {
      long now = System.nanoTime();
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      Child child = new Child(name, process, now);
      Runtime.getRuntime().addShutdownHook(child.atExit);
      Thread reader = new Thread(child::read, "versus-read-" + name);
      reader.setDaemon(true);
      reader.start();
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("Starting " + name, e);
    }
  }

  /** When the process was started, by the machine's monotonic clock. */
  long startNanos() {
    return startNanos;
  }

  /** The process's accounting now. */
  Sample sample() {
    send("sample");
    return Sample.parse(await(line -> line.startsWith(Probe.SAMPLE), ANSWER_LIMIT));
  }

  void send(String command) {
    try {
      process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new VersusException(describe("has ended"), e);
    }
  }

  /** The next answer of that kind, which is used up; answers of other kinds stay. */
  synchronized String await(Predicate<String> wanted, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      for (String answer : answers) {
        if (wanted.test(answer)) {
          answers.remove(answer);
          return answer;
        }
      }
      if (ended) {
        throw new VersusException(describe("ended by itself"));
      }
      pause(deadline, limit);
    }
  }

  /** Fails if the process has ended. */
  synchronized void requireAlive() {
    if (!process.isAlive()) {
      long deadline = System.nanoTime() + LAST_WORDS.toNanos();
      while (!ended) {
        pause(deadline, LAST_WORDS);
      }
      throw new VersusException(describe("ended by itself"));
    }
  }

  /** Asks for an orderly exit and waits for it. */
  void exit() {
    send("exit");
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new VersusException(describe("does not end"));
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Kills the process and returns when it is gone. Idempotent. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new VersusException(describe("can't be killed"));
      }
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (IllegalStateException shuttingDown) {
      // The hook runs.
    }
  }

  synchronized String describe(String what) {
    return name
        + " "
        + what
        + (printed.isEmpty() ? " and printed nothing" : "; it printed:\n  ")
        + String.join("\n  ", printed);
  }

  private synchronized void pause(long deadline, Duration limit) {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new VersusException(describe("was silent for " + limit.toSeconds() + " s"));
    }
    try {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private VersusException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new VersusException("interrupted while it waited for " + name, e);
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        keep(line);
      }
    } catch (IOException e) {
      // It was killed while it printed.
    }
    end();
  }

  private synchronized void keep(String line) {
    if (line.startsWith("#")) {
      answers.add(line);
    } else {
      printed.add(line);
      if (printed.size() > KEPT_LINES) {
        printed.removeFirst();
      }
    }
    notifyAll();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }
}
