package dev.twinlog.testkit.soak;

import dev.twinlog.testkit.child.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process that runs the link, with a log of its own. Thread-safe. */
final class Instance implements AutoCloseable {
  private static final int STATUSES_A_LINE = 10;
  private static final Duration READY_LIMIT = Duration.ofMinutes(1);
  private static final Pattern STATUS =
      Pattern.compile(
          Pattern.quote(ReplicatorProgram.STATUS)
              + "(\\w+) copied (\\d+) lag (-?\\d+) stopped (\\d+)");

  private final int number;
  private final Journal journal;
  private final Writer log;
  private final ChildJvm process;
  private volatile String state = "NEW";
  private volatile long copied;
  private volatile long lag;
  private volatile boolean stopped;
  private volatile boolean succeeded;
  private volatile boolean owned;
  private int statuses;

  /** Starts the process; the link waits for {@link #start()}. */
  Instance(int number, ChildJvm.Builder program, Journal journal, Path directory) {
    this.number = number;
    this.journal = journal;
    try {
      this.log = Files.newBufferedWriter(logOf(directory), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Making the log of " + this, e);
    }
    this.process = program.name("replicator-" + number).onLine(this::heard).start();
  }

  private Path logOf(Path directory) {
    return directory.resolve("replicator-" + number + ".log");
  }

  /** Starts the link. */
  void start() {
    process.awaitLine(ReplicatorProgram.READY::equals, READY_LIMIT);
    process.send(ReplicatorProgram.START);
  }

  /** How many records it has copied since it started. */
  long copied() {
    return copied;
  }

  long lag() {
    return lag;
  }

  boolean isFenced() {
    return state.equals("FENCED");
  }

  /** Whether it has owned the link; from then on it ends only if another instance takes over. */
  boolean hasOwned() {
    return owned;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  void kill() {
    process.kill();
  }

  void freeze() {
    process.freeze();
  }

  void thaw() {
    process.thaw();
  }

  /** Writes a thread dump to its log. */
  void dumpThreads() {
    if (process.isAlive()) {
      process.dumpThreads();
    }
  }

  /**
   * Lets it copy everything, close and end.
   *
   * @throws IllegalStateException if it takes longer or fails; the message has its last lines
   */
  void finish(Duration limit) {
    process.send(ReplicatorProgram.FINISH);
    process.awaitLine(ReplicatorProgram.CLOSED::equals, limit);
  }

  /** Its state, as one line. */
  String describe() {
    return this + " " + state + ", copied " + copied + ", lag " + lag;
  }

  @Override
  public void close() {
    process.close();
    try {
      log.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Closing the log of " + this, e);
    }
  }

  @Override
  public String toString() {
    return "replicator " + number;
  }

  /**
   * Called on the threads that read its output and its errors; statuses come from its output only.
   */
  private void heard(String line) {
    Matcher status = STATUS.matcher(line);
    if (status.matches()) {
      boolean worthALine = !status.group(1).equals(state) || ++statuses % STATUSES_A_LINE == 0;
      state = status.group(1);
      owned |= state.equals("RUNNING");
      copied = Long.parseLong(status.group(2));
      lag = Long.parseLong(status.group(3));
      if (!worthALine) {
        return;
      }
    } else if (line.startsWith(ReplicatorProgram.FENCED)) {
      state = "FENCED";
    } else if (line.startsWith(ReplicatorProgram.STOPPED) && !isFenced() && !succeeded) {
      stopped(line);
    }
    write(line);
  }

  /** Another instance takes over from now on. */
  void succeeded() {
    succeeded = true;
  }

  /** A former owner may stop partitions; if the current owner does, that is a finding. */
  private void stopped(String line) {
    if (!stopped) {
      stopped = true;
      journal.finding(this + ": " + line);
    }
  }

  private void write(String line) {
    try {
      synchronized (log) {
        log.write(
            LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MILLIS) + " " + line);
        log.write(System.lineSeparator());
        log.flush();
      }
    } catch (IOException e) {
      // Its log was closed meanwhile and is not read any more.
    }
  }
}
