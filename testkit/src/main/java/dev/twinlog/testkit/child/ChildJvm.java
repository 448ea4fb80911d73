package dev.twinlog.testkit.child;

import dev.twinlog.testkit.internal.child.ChildMain;
import dev.twinlog.testkit.internal.junit.RecentChildren;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A program in a JVM of its own, for tests that need SIGKILL, SIGSTOP or another class path.
 *
 * <pre>{@code
 * try (ChildJvm child = ChildJvm.builder(Copier.class.getName()).args(bootstrapServers).start()) {
 *   child.awaitLine(line -> line.startsWith("copied "), Duration.ofSeconds(30));
 *   child.kill();
 * }
 * }</pre>
 *
 * <p>They exchange lines: the child prints, the test reads with {@link #awaitLine}; the test sends
 * with {@link #send}, the child reads {@link System#in}. A child halts by itself when its parent
 * JVM ends. Its last lines are in the message of every exception thrown here, and are printed when
 * a test fails under {@link CleanAfterEach}. Thread-safe.
 */
public final class ChildJvm implements AutoCloseable {
  private static final Duration SIGNAL_LIMIT = Duration.ofSeconds(10);
  private static final Duration SIGNAL_CHECK = Duration.ofMillis(1);
  private static final int KEPT_LINES = 20_000;
  private static final int SHOWN_LINES = 60;
  private static final long STOP_SECONDS = 20;

  private final String name;
  private final Process process;
  private final OutputStream stdin;
  private final Thread shutdownHook;
  private final RecentChildren.Child recent = this::describe;
  private final Object lock = new Object();
  private final Deque<String> output = new ArrayDeque<>();
  private final Deque<String> unread = new ArrayDeque<>();
  private final List<Thread> readers = new ArrayList<>();
  private final Consumer<String> listener;
  private int openStreams = 2;

  private ChildJvm(String name, Process process, Consumer<String> listener) {
    this.name = name;
    this.listener = listener;
    this.process = process;
    this.stdin = process.getOutputStream();
    this.shutdownHook = new Thread(process::destroyForcibly, "child-jvm-" + name + "-end");
  }

  /** A builder of a child that runs the {@code main} method of that class. */
  public static Builder builder(String mainClass) {
    return new Builder(mainClass);
  }

  /** The child's process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process lives; a frozen one does. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The exit status, or empty while the process lives. */
  public OptionalInt exitStatus() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /**
   * Waits for a line of the child's standard output. Lines up to and including the returned one are
   * consumed: the next call starts after it.
   *
   * @throws IllegalStateException after the time limit, or as soon as the child has ended without
   *     such a line; the message ends with what the child printed last
   */
  public String awaitLine(Predicate<String> wanted, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (lock) {
      while (true) {
        while (!unread.isEmpty()) {
          String line = unread.removeFirst();
          if (wanted.test(line)) {
            return line;
          }
        }
        if (openStreams == 0) {
          throw new IllegalStateException(describe("ended without the awaited line"));
        }
        waitUntil(deadline, timeout);
      }
    }
  }

  /**
   * Sends a line to the child's standard input.
   *
   * @throws IllegalStateException if the child has ended
   */
  public void send(String line) {
    try {
      stdin.write((line + System.lineSeparator()).getBytes(StandardCharsets.UTF_8));
      stdin.flush();
    } catch (IOException e) {
      throw new IllegalStateException(describe("takes no input"), e);
    }
  }

  /** Ends the child at once, as {@code kill -9} does, and returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd("did not die");
  }

  /** Ends the child with SIGTERM, so that its shutdown hooks run, and returns when it is gone. */
  public void stop() {
    process.destroy();
    awaitEnd("did not stop");
  }

  /**
   * Freezes the process (SIGSTOP); its sockets stay open and answer nothing.
   *
   * @throws IllegalStateException if the child has ended, or the system has no such signal
   */
  public void freeze() {
    signal("STOP");
    awaitStopped();
  }

  /**
   * Waits until the signal has taken effect, which is a moment after it was sent. Only where there
   * is a {@code /proc} file system.
   */
  private void awaitStopped() {
    Path stat = Path.of("/proc", Long.toString(pid()), "stat");
    long deadline = System.nanoTime() + SIGNAL_LIMIT.toNanos();
    try {
      while (Files.exists(stat) && !isStopped(Files.readString(stat))) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(describe("did not freeze"));
        }
        LockSupport.parkNanos(SIGNAL_CHECK.toNanos());
      }
    } catch (IOException e) {
      throw new IllegalStateException(describe("has no readable state in /proc"), e);
    }
  }

  /** The state follows the name, which is in parentheses and may hold any character. */
  private static boolean isStopped(String stat) {
    return stat.startsWith("T", stat.lastIndexOf(')') + 2);
  }

  /**
   * Resumes a frozen child (SIGCONT).
   *
   * @throws IllegalStateException if the child has ended, or the system has no such signal
   */
  public void thaw() {
    signal("CONT");
  }

  /**
   * Makes the child print a thread dump (SIGQUIT) among its other lines.
   *
   * @throws IllegalStateException if the child has ended, or the system has no such signal
   */
  public void dumpThreads() {
    signal("QUIT");
  }

  /** The last lines that the child printed, of both its streams. */
  public List<String> output() {
    synchronized (lock) {
      return List.copyOf(output);
    }
  }

  /** Kills the child if it lives. Idempotent. */
  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException shuttingDown) {
      // The JVM is shutting down already.
    }
    for (Thread reader : readers) {
      try {
        reader.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    RecentChildren.closed(recent);
  }

  @Override
  public String toString() {
    return "child JVM " + name + " (pid " + pid() + ")";
  }

  /**
   * Describes the child for the message of a failure: its name and pid, what it did, its exit
   * status if it has ended, and its last lines.
   *
   * @param what what it did, such as {@code "did not answer"}
   */
  public String describe(String what) {
    List<String> lines = output();
    return this
        + " "
        + what
        + exitStatusText()
        + "; its last lines:"
        + lines.stream()
            .skip(Math.max(0, lines.size() - SHOWN_LINES))
            .collect(Collectors.joining("\n  ", "\n  ", ""));
  }

  private String exitStatusText() {
    OptionalInt status = exitStatus();
    return status.isPresent() ? ", exit status " + status.getAsInt() : ", still alive";
  }

  private void awaitEnd(String failure) {
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(describe(failure + " in " + STOP_SECONDS + " s"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(describe(failure + ": interrupted"), e);
    }
  }

  private void signal(String signal) {
    if (!isAlive()) {
      throw new IllegalStateException(describe("can't be sent SIG" + signal + ": it has ended"));
    }
    try {
      // The shell's built-in kill: not every system has the program.
      Process kill =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid())
              .redirectErrorStream(true)
              .start();
      String said = new String(kill.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (kill.waitFor() != 0) {
        throw new IllegalStateException(describe("wasn't sent SIG" + signal + ": " + said));
      }
    } catch (IOException e) {
      throw new IllegalStateException("This system can't send SIG" + signal, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while SIG" + signal + " was sent", e);
    }
  }

  private void waitUntil(long deadline, Duration timeout) {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new IllegalStateException(
          describe("did not print the awaited line in " + timeout.toMillis() + " ms"));
    }
    try {
      TimeUnit.NANOSECONDS.timedWait(lock, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(describe("interrupted while a line was awaited"), e);
    }
  }

  private void startReading() {
    Runtime.getRuntime().addShutdownHook(shutdownHook);
    readers.add(reader("stdout", process.getInputStream(), true));
    readers.add(reader("stderr", process.getErrorStream(), false));
    readers.forEach(Thread::start);
  }

  private Thread reader(String stream, InputStream in, boolean awaited) {
    Thread thread = new Thread(() -> read(in, awaited), "child-jvm-" + name + "-" + stream);
    thread.setDaemon(true);
    return thread;
  }

  private void read(InputStream in, boolean awaited) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (lock) {
          keep(output, line);
          if (awaited) {
            keep(unread, line);
          }
          lock.notifyAll();
        }
        listener.accept(line);
      }
    } catch (IOException e) {
      // The process was killed while it printed.
    } finally {
      synchronized (lock) {
        openStreams--;
        lock.notifyAll();
      }
    }
  }

  private static void keep(Deque<String> lines, String line) {
    lines.addLast(line);
    if (lines.size() > KEPT_LINES) {
      lines.removeFirst();
    }
  }

  /** Describes a child before it is started. Not thread-safe. */
  public static final class Builder {
    private final String mainClass;
    private final List<String> jvmArgs = new ArrayList<>();
    private final List<String> args = new ArrayList<>();
    private String name;
    private @Nullable List<String> classPath;
    private Consumer<String> listener = line -> {};
    private boolean standalone;

    private Builder(String mainClass) {
      this.mainClass = Objects.requireNonNull(mainClass, "mainClass");
      this.name = mainClass.substring(mainClass.lastIndexOf('.') + 1);
    }

    /** The child's name in messages; the simple name of its main class by default. */
    public Builder name(String name) {
      this.name = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Arguments of the JVM, such as {@code -Xmx256m} or {@code -Dkey=value}, added to those given
     * before.
     */
    public Builder jvmArgs(String... jvmArgs) {
      this.jvmArgs.addAll(List.of(jvmArgs));
      return this;
    }

    /** Arguments of the main class, added to those given before. */
    public Builder args(String... args) {
      this.args.addAll(List.of(args));
      return this;
    }

    /**
     * Receives every line that the child prints, on the thread that reads its stream: one for its
     * output, one for its errors. Must not block for long, since the child waits meanwhile, nor
     * throw.
     */
    public Builder onLine(Consumer<String> listener) {
      this.listener = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Jars and directories; the class path of this JVM by default. The testkit's own classes are
     * added, unless the child is {@link #standalone}.
     */
    public Builder classPath(Collection<Path> classPath) {
      this.classPath = classPath.stream().map(Path::toString).toList();
      return this;
    }

    /**
     * Starts the main class directly and adds nothing to the class path, for a program that scans
     * its class path. Such a child does not halt by itself when its parent is gone: it should, when
     * {@link System#in} ends.
     */
    public Builder standalone() {
      this.standalone = true;
      return this;
    }

    /**
     * Starts the child.
     *
     * @throws UncheckedIOException if the process can't be started
     */
    public ChildJvm start() {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      if (classPath == null) {
        command.addAll(SharedClasses.jvmArgs());
      }
      command.addAll(jvmArgs);
      command.addAll(List.of("-cp", wholeClassPath()));
      if (!standalone) {
        command.add(ChildMain.class.getName());
      }
      command.add(mainClass);
      command.addAll(args);
      try {
        ChildJvm child = new ChildJvm(name, new ProcessBuilder(command).start(), listener);
        child.startReading();
        RecentChildren.started(child.recent);
        return child;
      } catch (IOException e) {
        throw new UncheckedIOException("Starting " + name, e);
      }
    }

    private String wholeClassPath() {
      if (classPath == null) {
        return SharedClasses.classPath();
      }
      List<String> entries = new ArrayList<>(classPath);
      if (!standalone) {
        entries.add(ownCode());
      }
      return String.join(File.pathSeparator, entries);
    }

    private static String ownCode() {
      try {
        return Path.of(ChildMain.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .toString();
      } catch (URISyntaxException e) {
        throw new IllegalStateException("Finding the testkit's own classes", e);
      }
    }
  }
}
