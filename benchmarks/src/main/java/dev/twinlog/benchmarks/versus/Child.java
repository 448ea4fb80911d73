package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A child JVM with a {@link Probe} in it. Lines that it prints and that begin with {@code #} are
 * answers. Not thread-safe.
 */
final class Child implements AutoCloseable {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);

  private final ChildJvm jvm;
  private final long startNanos;
  private final List<String> unused = new ArrayList<>();

  private Child(ChildJvm jvm, long startNanos) {
    this.jvm = jvm;
    this.startNanos = startNanos;
  }

  /** Describes a child that runs a main class of this jar beside a probe. */
  static ChildJvm.Builder probed(Class<?> main, String... args) {
    return ChildJvm.builder(Probe.class.getName()).args(main.getName()).args(args);
  }

  /** Starts a child, with nothing but the contender and the probe on its class path. */
  static Child start(String name, ChildJvm.Builder described) {
    long now = System.nanoTime();
    return new Child(described.name(name).standalone().start(), now);
  }

  /** When the process was started, by the machine's monotonic clock. */
  long startNanos() {
    return startNanos;
  }

  /** What the process has used by now. */
  Sample sample() {
    send("sample");
    return Sample.parse(await(line -> line.startsWith(Probe.SAMPLE), ANSWER_LIMIT));
  }

  void send(String command) {
    try {
      jvm.send(command);
    } catch (IllegalStateException e) {
      throw failed(e);
    }
  }

  /** The next answer of that kind, which is used up; answers of other kinds are kept. */
  String await(Predicate<String> wanted, Duration limit) {
    for (String answer : unused) {
      if (wanted.test(answer)) {
        unused.remove(answer);
        return answer;
      }
    }
    try {
      return jvm.awaitLine(line -> wanted.test(line) || keep(line), limit);
    } catch (IllegalStateException e) {
      throw failed(e);
    }
  }

  private boolean keep(String line) {
    if (line.startsWith("#")) {
      unused.add(line);
    }
    return false;
  }

  /** Fails if the process has ended, with what it printed. */
  void requireAlive() {
    if (!jvm.isAlive()) {
      await(line -> false, ANSWER_LIMIT);
    }
  }

  /** That message, with the lines that the child printed last. */
  String describe(String what) {
    List<String> printed = jvm.output();
    return jvm
        + " "
        + what
        + "; its last lines:\n  "
        + String.join("\n  ", printed.subList(Math.max(0, printed.size() - 40), printed.size()));
  }

  /** Ends the process in good order, so that it writes its class-data archive. */
  void stop() {
    jvm.stop();
  }

  private static VersusException failed(IllegalStateException e) {
    return new VersusException(String.valueOf(e.getMessage()), e);
  }

  /** Kills the process and returns when it is gone. Idempotent. */
  @Override
  public void close() {
    jvm.close();
  }
}
